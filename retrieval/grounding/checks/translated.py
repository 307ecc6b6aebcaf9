"""What is translated, and not written as it sounds: English with Ukrainian and Russian.

Countries, bodies, capitals: a table, kept apart from the rules that use it.
"""

from __future__ import annotations

# Words for one thing. A hyphen at the end: also what begins so.
_GROUPS_TEXT = """
us usa america- washington- | сша америк- вашингтон- штат-
uk brit- england english london- | британ- великобритан- англі- англий- англич- лондон-
eu europe- brussels | єс ес євро- европ- брюссел-
un nations | оон націй наций
russia- moscow kremlin | росі- росс- рф москв- москов- кремл-
ukrain- kyiv kiev | украї- украин- київ- києв- киев-
china chinese beijing | кита- пекін- пекин-
german- berlin | німеч- німец- німці- немец- немц- герман- фрн фрг берлін- берлин-
france french paris- | франц- париж-
israel- jerusalem | ізраїл- израил- єрусалим- иерусалим-
iran- tehran | іран- иран- тегеран-
netherlands dutch hague | нідерланд- нидерланд- голланд- гааг- гааз-
spain spanish madrid | іспан- испан- мадрид-
swiss switzerland bern | швейцар- берн-
geneva | женев-
greece greek- athens | греці- грець- грек- грец- греч- афін- афин-
poland polish poles warsaw | польщ- польш- польс- поляк- варшав-
hungar- budapest | угор- венгр- венгер- будапешт-
turk- türk- ankara | туреч- турец- турк- турц- анкар-
korea- dprk pyongyang seoul | коре- кндр пхеньян- сеул-
japan- tokyo | япон- токіо токио
india- delhi | індія індії індію індіє- індій- индия индии индию индие- индий- делі дели
egypt- cairo | єгип- егип- каїр- каир-
georgia- tbilisi | грузі- грузи- тбілі- тбили-
belarus- minsk | білорус- белорус- беларус- мінськ- минск-
austria- vienna | австрі- австри- відень відн- вена вене вену вены венск-
czech- prague | чехі- чехи- чеськ- чешск- праг- праз-
romania- bucharest | румун- румын- бухарест-
moldova- chisinau | молдов- молдав- кишин-
lithuan- vilnius | литов- литв- вільнюс- вильнюс-
latvia- riga | латві- латви- латис- латыш- риг- риз-
estonia- tallinn | естон- эстон- таллін- таллин-
finland finnish finns helsinki | фінл- фінськ- финл- финск- гельсінк- хельсинк-
swed- stockholm | швец- швед- стокгольм-
norway norwegian- oslo | норв- осло
denmark danish danes copenhagen | дані- данськ- датськ- датс- дания дании данию копенгаген-
ital- rome | італ- итал- рим-
vatican holy | ватикан- святий святого святой престол-
syria- damascus | сирі- сири- дамаск-
leban- beirut | ліван- ливан- бейрут-
iraq- baghdad | ірак- ирак- багдад-
saudi- riyadh | сауді- сауд- аравій- аравия эр-рияд ріяд-
croat- zagreb | хорват- загреб-
serb- belgrade | серб- сербі- белград-
cyprus cypriot- | кіпр- кипр-
armenia- yerevan | вірмен- армен- єреван- ереван-
azerbaijan- baku | азербайджан- баку
kazakh- astana | казах- астан-
africa- | афри-
asia- | азі- азия азии азию азиат-
iaea atomic | магате магатэ
who health | вооз воз
imf monetary | мвф
osce cooperation | обсє обсе
icc criminal | мкс
fbi | фбр
cia | цру
alps | альп-
danube | дуна-
dnipro dnieper | дніпр- днепр-
munich | мюнхен-
cologne | кельн- кёльн-
venice | венеці- венеци-
naples | неапол-
lisbon | лісабон- лиссабон-
francis | франциск-
charles | карл- чарльз-
xi | сі си
mccain | маккейн-
john | джон- іван- иван- ян
michael mykhailo mikhail | михайл- михаил- майкл-
paul pavlo pavel | павл- пол
peter petro pyotr | петр- пітер- питер- петер-
george heorhii georgy | георг- джордж-
"""

# What a ministry, a front or a holiday is called: begun with a capital, and translated. Not so
# short that a person's or a place's name begins so too (Рада, but not Радянське).
_TRANSLATED_TEXT = """
агентств- адміністрац- администрац- апеляційн- апелляционн- асоціац- ассоциац- атомн- аес аэс банк
банку банка банком батальйон- батальон- безпек- безопасн- білий білого білому білим біла білій
білої білу белый белого белом белому белым белая белой бундестаг- бундесвер- бригад- вашингтонськ-
велик- верховн- виконавч- військов- воен- військ- вооруж- восток востоке востока востоком временн-
всемирн- всесвітн- второ- второй вулиц- глава главы главе главу голова голови голову генеральн-
генпрокур- генштаб- госдеп- государств- громадськ- госдум- держав- держдеп- держдум- департамент-
день дня дивізі- дивизи- дім дому дома домі домом доме дум- друга другої другій другу другий
другого економічн- экономическ- енергетичн- энергетическ- залізн- железн- загальн- закон- запад
западе запада западом захід заходу заході заходом західн- западн- збройн- здоров- земля землі
земли зона зони зоне інститут- институт- інтернет- интернет- кабінет- кабинет- канцел- канцлер-
комісі- комисси- комітет- комитет- конвенці- конвенци- конгрес- конституці- конституци- корол-
корпус- красн- лідер- лидер- ліга лізі лига лиге люта люди майдан- мвс мвд межа медіа міжнародн-
международн- мзс мид міноборон- минобороны мінфін- минфин- мінцифр- мінекон- минэконом-
міністерств- министерств- міністр- министр- мирн- миров- море моря морі морем народн- нафт-
национальн- національн- незалежн- независим- нобелівськ- нобелевск- новий нового новому нова нової
новій новая новой новом новую новый об'єднан- объедин- оборон- области область областей області
окружн- олімпі- олимпи- операці- операци- організац- организац- очільни- остров- острів палат-
парламент- партія партії партію партии партия партию патріарх- патриарх- перша першої першій першу
перший першого перв- південь півдня півдні південн- північ півночі північн- повітрян- воздушн-
посольств- посол- прав- права представник- представител- прем'єр- премьер- президент- прокурат-
прокурор- рада ради раді раду радою радбез- совет- рейхстаг- республік- республик- рік року
речник- різдв- рождеств- світов- севере север севера северн- сейм- сенат- сил сили силам силами
силы силу системи сбу фсб гру гур сво служб- слідч- следственн- соборн- союз- спілк- спецопер-
старий стара суд суду суда судом східн- схід сходу сході сходом таємн- тайн- телеграм- телеграф-
трибунал- трет- угод- університет- университет- управлінн- управлени- уряд- правительств- фронт-
фонд- форум- холодн- центр- церкв- червон- чорн- чорного чорне чёрн- черн- штаб- юг юге юга югом
южн-
academy accord act agency agreement air airport alliance ambassador analyst- arctic arm- assembl-
associat- atlantic authorit- baltic bank- battalion- bill black blue board border- bridge-
brigade- bureau cabinet camp captain cathedral center- centre- centr- chair- chamber- charter
chief- christmas church- city civil- coalition coast- college command- commission- committee-
common- communis- compan- conference congress- conservative- constitution- convention- corps
corporation council- county court- crown cup day deal declaration defence defense democrat-
department- deput- desert diplom- director- district- division- duma east- easter econom-
election- emergenc- emirates energ- exchange export- famil- federal federation fifth financ- first
fleet- force- foreign forum foundation fourth free freedom front fund fuel games gas general-
golden government- governor- grand great greater green grid ground group guard- gulf head- health-
her high his holiday home hospital- house human- independen- industr- inland institut- intelligen-
interior intern- investigat- island- jewish joint judge- justice king- lady lake land law- leader-
league left liberal- liberty life line lord- lower main major- marine- market- marshal- mayor-
media mediterranean memorandum middle militar- minist- mission- moneta- mosque mount- movement-
museum- muslim- nation- native naval navy new news nobel north- nuclear observ- ocean office- oil
old olympi- open operat- opposit- organi- orthodox pacific pact palace parliament- part-
patriarch- peace- peninsula people- plant- police- politic- pope popular port post power- premier-
press prime prince- prison- process- program- project- prosecut- protocol- provinc- public- queen-
railway- rapid reactor- red refiner- reform- region- register republic- research- reserve-
resolution- revolution- right- river- road- royal saint san school- science- sea second secret-
securit- senat- service- seventh shield sir sixth social- societ- south- soviet- space speaker-
special spokes- spring square st staff state- station- stock strait- street- strip summer summit-
supreme system- tank- task technolog- telegram temple territor- think third thermal town trade
treasur- treaty tribunal- troops tv union- unit- universit- upper valley vice victory village- war
water- week west- white wing- winter women- world- year- youth
"""


def _group(line: str) -> tuple[frozenset[str], tuple[str, ...]]:
    words = line.replace("|", " ").split()
    whole = frozenset(word for word in words if not word.endswith("-"))
    return whole, tuple(word.removesuffix("-") for word in words if word.endswith("-"))


GROUPS = tuple(map(_group, _GROUPS_TEXT.strip().splitlines()))
TRANSLATED = _group(_TRANSLATED_TEXT)

"""What a full stop after a word means: word lists for English, Ukrainian and Russian.

Words are without their last full stop and, but for `AFTER_CLOCK` and `STARTERS`, in lower case.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    """The words of a list as it is written below."""
    return frozenset(text.split())


BEFORE_NAME = _words(
    """
    adm amb atty brig capt cdr cmdr col cpl det dr fr gen gens hon insp lieut lt maj messrs
    mr mrs ms msgr mx pfc pres prof pvt rep reps rev sen sens gov govs sgt spc supt vice-adm
    ven mt ft approx ca cf vs viz esp incl e.g i.e
    акад бул бульв вул гр ген доц ім імені лейт майд наб напр о оф пл пол полк проф просп
    пров серж сержант смт тов шт адм кап ред див им ул пр-т пер туп ш пос дер д-р г-н г-жа
    см т.е т.н т.зв т.к
    """
)
"""Never end a sentence: a name, a figure or an explanation follows."""

BEFORE_NUMBER = _words(
    """
    no nos fig figs p pp vol vols prop ch sec art para eq ver c ca b est jan feb mar apr jun
    jul aug sep sept oct nov dec
    ст ч п пп гл рис табл стор розд разд мал кв буд д корп оф каб тел вип вып т № сес січ
    лют бер квіт трав черв лип серп вер жовт лист груд янв февр апр июн июл авг сент окт
    нояб дек
    """
)
"""End a sentence unless a number follows."""

BEFORE_ANYTHING = _words(
    """
    inc ltd co corp bros llc plc jr sr st ave blvd rd hwy dept univ assn al ala ariz ark
    calif colo conn fla ga ill ind kan ky la md mass mich minn miss mo mont neb nev okla ore
    pa penn tenn tex va vt wash wis wyo ont que ph.d m.d b.a m.a
    """
)
"""Stand in the middle of names: end a sentence only before a word from `STARTERS`."""

CLOCK = frozenset({"a.m", "p.m"})

AFTER_CLOCK = _words(
    """
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April
    May June July August September October November December Jan Feb Mar Apr Jun Jul Aug Sep
    Sept Oct Nov Dec Eastern Central Pacific Mountain Kyiv Kiev Moscow London Greenwich
    Beijing ET EST EDT CT CST PT PST PDT GMT UTC BST CET EET MSK
    """
)
"""Follow "5 p.m." without beginning a sentence."""

STARTERS = _words(
    """
    The A An This That These Those It Its He His She Her They Their We Our You Your I My
    There Here But And Or So Yet Nor If When While Where What Who Why How Which As At By For
    From In Into Of On To With Without Within After Before Since Until During Under Over
    About Against Among Although Though Because However Meanwhile Moreover Instead Still
    Also Then Now Only Even Not No Nobody Nothing None Some Many Most Both Each Every All
    Any Another Other Others Several Few One Two Three Earlier Later Last Once Despite
    Critics Officials Experts Asked Such Analysts Police Just Let Is Are Was Were Do Does
    Did Has Have Can Could Will Would
    Він Вона Воно Вони Ми Ви Я Ти Це Цей Ця Ці Той Та Те Ті Як Якщо Коли Де Що Хто Чому Але
    Проте Однак Тому Тоді Також Тепер Тут Там У В На За Зі Із З До Від Для Після Перед Під
    Через При Про Його Її Їх Їхній Наш Ваш Всі Усі Кожен Жоден Ніхто Ніщо І Й А Бо Адже
    Раніше Пізніше Потім Ще Вже Не Ні Так Згодом Водночас Крім Окрім Серед Щоб Хоча Інші
    Люди Понад Он Она Оно Они Мы Вы Ты Это Этот Эта Эти Тот То Как Если Когда Где Что Кто
    Почему Но Однако Поэтому Тогда Также Теперь Здесь Во К Ко Из С Со От После Под По О Об
    Его Её Ее Их Все Всё Каждый Никто Ничто И Потому Ранее Позже Потом Ещё Еще Уже Нет Да
    Затем Кроме Среди Чтобы Хотя Другие Список Более
    """
)
"""Words with which a sentence often begins, and a name hardly ever."""

SPEECH = _words(
    """
    said says say asked asks told tells added adds replied wrote writes warned warns argued
    shouted answered declared insisted exclaimed wondered joked tweeted posted
    """
)
"""Tell who spoke, after a quotation that ends in a question or an exclamation."""

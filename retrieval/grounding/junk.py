"""Sentences that tell nothing: teasers, captions, credits, headings, adverts. Pure.

Rules, no fitted model: what is left out must be explainable. Each is anchored, or asked only of a
sentence that has one of its words, so that a sentence takes some microseconds and hostile ones
take linear time. What no rule can know, such as an outlet's own fixed phrases, is learned from the
archive (`sentence_key`, `retrieval.storage.boilerplate`).
"""

from __future__ import annotations

import re
from collections import Counter
from hashlib import blake2b
from typing import TYPE_CHECKING

from retrieval.text.words import stems

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from retrieval.models import Span

_QUOTES = frozenset("\"'“‘„«")
# What a sentence may end in behind its last word.
_CLOSERS = "\"'“”‘’»)]}*_ \t\n"
_OPENERS = "\"'“”‘’„«([{*_•►▶▪●■◆»> \t\n–—-"
_STOPS = (".", "!", "…", "。")
_WORD = re.compile(r"[^\W_]+(?:['’ʼ-][^\W_]+)*")
# In words. Without a stop: a question for a heading, a heading with a verb among sentences that
# have their stops, a list of names.
_LONGEST_HEADING, _SHORT_HEADING, _LONGEST_LIST = 12, 5, 40
_LOOKED_AT = 1_000
# In how many articles of an outlet a sentence stands that is one of its fixed phrases.
RECURRING, RECURRING_WITH_FIGURE = 3, 6
# In scripts whose words the rules don't know, a line of so few letters without a stop is a heading.
_OTHER_SCRIPT = re.compile("[\u0590-\u1fff\u3041-\u9fff\uac00-\ud7af]")
_OTHER_STOPS = (*_STOPS, "?", "？", "！", "।", "॥", "؟", "۔", "」", "』")
_FEW_LETTERS = 20
# Fewer words, with a stop, tell something only if one of them is a verb.
_TELLING = 4
_TO_SPACES = str.maketrans(dict.fromkeys(".,:;!?()[]\"“”‘’'/|@", " "))

_MONTH = (
    r"(?:jan(?:uary|\.)|feb(?:ruary|\.)|mar(?:ch|\.)|apr(?:il|\.)|may|june?|july?|aug(?:ust|\.)"
    r"|sept?(?:ember|\.)|oct(?:ober|\.)|nov(?:ember|\.)|dec(?:ember|\.))"
)
_AGENCY = (
    r"(?:AP(?: Photo)?|AFP|Reuters|EPA|UPI|DPA|dpa|Getty(?: Images?)?|Shutterstock|Bloomberg|CNN"
    r"|NBC"
    r"|CBS|ABC|BBC|PA(?: Images| Wire)?|TASS|Sputnik|Xinhua|Anadolu(?: Agency| Images)?|ZUMA\w*"
    r"|Imago|imago|iStock\w*|Alamy|NASA|USA TODAY(?: Sports| Network)?|Укрінформ|УНІАН|ТАСС"
    r"|РИА Новости|picture[ -]alliance|Pool|Handout|Netflix|Disney|Instagram|Twitter|Facebook)"
)

# Begins so, and so is about the page, its reader or its maker, whatever follows.
_BEGINS = re.compile(
    r"(?:"
    # links to elsewhere
    r"(?:read|see|learn|find out|discover|explore) more(?:\W*$|\s*[:>»|–—-]|\s(?:here|about|at|on"
    r"|from|in|stories|news|coverage|opinion)\b)"
    r"|(?:read|see|watch|view|click|tap|listen)(?: \w+){0,6} (?:here|below|above)\b\W*"
    r"(?:$|to |for |:)"
    r"|(?:more|related|also|see also|read also|also read|read next|up next|up now|next up|must read"
    r"|don['’]t miss|in case you missed it|icymi|explainer|analysis|opinion|perspective|commentary"
    r"|editorial|column|video|videos|watch|watch live|watch now|listen|listen now|live"
    r"|live updates?"
    r"|live blog|follow live|updates?|latest updates?|latest|latest news|timeline|fact[ -]check"
    r"|review|podcasts?|newsletters?|photos?|gallery|photo gallery|in pictures|in photos|slideshow"
    r"|pictures|images?|graphics?|visuals?|maps?|interactive|infographic|quiz|poll|play|recommended"
    r"|recommendations?|sponsored|advertisement|promoted|exclusive offer|deals?|shop|subscribe"
    r"|sign up|for subscribers|subscribers only|tickets|details|date|time|address|location|where"
    r"|when|cost|price"
    r"|admission|contact|website|phone|tags?|topics?|filed under|categor(?:y|ies)|keywords?|share"
    r"|share this|follow|follow us|contributing|contributors?|contributed|reporting|additional"
    r" reporting|editing|written by|edited by|sources?|via|credits?|photo credits?|image credits?"
    r"|caption|table of contents|contents|in this (?:article|story|section|issue)|jump to|skip to"
    r"|learn more|go deeper|our fact[ -]check sources)\s*:(?!\d)"
    r"|must[ -](?:watch|read|see)\b|just watched\b|now playing\b|replay(?: more)? videos?\b|watch:"
    r"|(?:story|article|text) continues (?:below|after)|continue reading|(?:and "
    r"|but )?keep reading|scroll (?:down"
    r"|for more)|skip advertisement|back to top|go to top|load more|show more|view (?:all|more)\b"
    r"|hide caption|video ad feedback|ad feedback|video player was|how relevant is this ad"
    r"|play video|watch this (?:interactive )?video|click (?:here|on|the|through)|tap (?:here|to)\b"
    # adverts for the outlet itself
    r"|(?:sign up|register|subscribe)(?:\W*$|\s(?:here|now|today|to (?:our|the|get|receive|read|\w+"
    r"['’]s)|for (?:our|the|free|a free|your|\w+(?:['’]s)?\b[^.]{0,40}\bnewsletter)|and get))"
    r"|subscribe\b|get (?:our|the (?:latest|best|top|day['’]s|most)|breaking|unlimited|exclusive"
    r"|full"
    r" access|\w+(?:['’]s)?[^.]{0,40}\bnewsletter|\w+[^.]{0,40}\b(?:in|to) your inbox|more news)\b"
    r"|download (?:the|our) (?:\w+ )?app\b|enter your e-?mail|already (?:a )?(?:subscriber|have an"
    r" account|subscribed)|not a subscriber|log in\b|sign in\b|create (?:a free|an|your) account"
    r"|stay (?:up[ -]to[ -]date|informed|connected|tuned)|keep up with the latest|never miss"
    r"|support (?:local|quality|independent|our) (?:\w+ )?journalism|become a (?:\w+ ){0,2}"
    r"(?:subscriber|member|supporter)|consider (?:supporting|subscribing|a subscription|donating)"
    r"|thank(?:s| you) for (?:reading|supporting|subscribing|signing|watching|your support|joining)"
    r"|start your (?:day|free trial)|try (?:it )?free|limited[ -]time offer|donate (?:now|here"
    r"|today)"
    r"|share (?:this (?:article|story|post|page)|your (?:story|thoughts|feedback|experience|photos)"
    r"|on (?:facebook|twitter|x|whatsapp|linkedin))|tell us (?:what|about|your|how)|let us know"
    r"|have (?:a (?:news )?tip|tips|feedback|a question|questions|something)\b|got a (?:tip"
    r"|question"
    r"|story)|join (?:us on|our|the conversation|the discussion)|leave a comment|comment(?:s are)?"
    r" (?:below|closed)|view comments|show comments|write to us|e-?mail (?:us|him|her|them|the"
    r" (?:author|reporter|writer))\b|send (?:us|him|her|them) (?:an? )?(?:e-?mail|tips?|message)"
    r"|(?:reach|contact) (?:the (?:reporter|author|writer)|him|her|them|us|\w+ \w+) (?:at|on|via)\b"
    r"|(?:you can )?follow (?:us|him|her|them|me|@|(?:the )?(?:author|reporter|writer)|every game"
    r"|along|our|[^.]{2,60} on (?:twitter|facebook|instagram|x\b|threads|tiktok|telegram|social))"
    r"|take (?:our|the|this|cnn['’]s|\w+['’]s) (?:\w+ )*(?:quiz|poll|survey)|test your knowledge"
    r"|check (?:out (?:our|the|these|more)|your (?:local|inbox)|back (?:here|for|later|soon))"
    r"|if you (?:don['’]t see|want to (?:read|see|get|receive)|would like to (?:receive|read|see"
    r"|subscribe|get)|enjoy(?:ed)? this|have a (?:tip|story|question|news)|(?:are|['’]re) (?:on a"
    r" mobile|having trouble|a subscriber)|(?:buy|purchase|click) (?:through|from|on|a product)"
    r"|wish to object)\b"
    r"|you can (?:also )?(?:sign up|subscribe|get|find|read|listen|watch|follow|unsubscribe|opt"
    r"|find"
    r" out)\b[^.]{0,80}\b(?:here|inbox|newsletter|podcast|app|edition|free|twitter|facebook|website"
    r"|below|link|policy)\b"
    r"|(?:would|do) you like to receive|by (?:signing up|subscribing|clicking|continuing"
    r"|registering"
    r"|using (?:this|our))|we (?:use|and our partners|value your privacy|may (?:earn|receive)"
    r"|will use"
    r" the (?:details|information) you|have a commercial|includes? )\b[^.]{0,80}\b(?:cookies?"
    r"|privacy"
    r"|commission|partners|registration|subscription|details?|information)\b"
    r"|you agree to the processing|your (?:privacy|subscription|account|download|browser|email)\b"
    r"[^.]{0,40}\b(?:choices?|settings|policy|is|matters|address|supports?)\b|this (?:site|website)"
    r" (?:uses|is protected|requires)|(?:accept|reject|manage) (?:all|cookies|your|preferences)"
    r"|cookies? (?:policy|settings|notice|preferences)|privacy (?:policy|notice|settings)|terms of"
    r" (?:use|service)|all rights reserved|copyright (?:©|\(c\)|\d{4}|by\b)|©|\(c\) \d{4}"
    r"|please (?:enable|disable|turn"
    r" (?:on|off)|subscribe|log|sign|refresh|try again|note)\b|purchases you make"
    r"|prices were accurate"
    r"|this (?:post|article|page|story) (?:may |might )?contains? (?:affiliate|paid|sponsored"
    r"|links)"
    r"|recommendations are independently|the product experts at|when you buy|we independently"
    r"|some (?:features|content) (?:on|may|is)\b[^.]{0,40}\b(?:available|browser)"
    # about the piece itself
    r"|(?:this (?:\w+ ){0,2}(?:story|article|page|column|piece|transcript|live blog|headline|post"
    r"|essay"
    r"|op-ed|commentary|fact check|newsletter|caption|interview|obituary|list|guide)|the (?:story"
    r"|article)|this report|(?:a|this) version of this (?:\w+ )?(?:story|article|post|piece"
    r"|column))"
    r" (?:has|was|is|will|have|originally|first|may|contains?|includes|appears|appeared|comes)\b"
    r"[^.]{0,60}\b(?:updated|published|corrected|produced|translated|developing|breaking|adapted"
    r"|excerpted|reproduced|edited|condensed|appeared|partnership|supported|written by|generated"
    r"|available|sponsored|subscriber\w*|clarified|refiled|republished|provided by|part of|amended"
    r"|affiliate|archived?|newsletter|from (?:the|our) archives?)\b"
    r"|(?:a|an|this|the|our) (?:previous|earlier|prior|original|older) version of (?:this|the"
    r"|an?)\b"
    r"|editor['’]?s['’]? (?:note|picks?"
    r"|choice)|author['’]s note|(?:corrections? (?:&|and) clarifications?)|the views expressed"
    r"|(?:the )?opinions? expressed|views? (?:and opinions )?expressed|last (?:updated|modified)"
    r"|(?:updated|published|posted|modified|page last updated|first published)\b:?\W*(?:at |on )?"
    rf"(?:\d|{_MONTH}|(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|yesterday|(?:an? |one "
    rf"|\w+ )?"
    r"(?:minutes?|hours?|days?) ago).{0,40}$"
    r"|here(?:['’]s| is| are) (?:what|how|why|where|when|who|a (?:look|list|quick (?:look|guide)"
    r"|roundup"
    r"|rundown|recap|guide)|everything|all (?:you|the)|the (?:latest|full list|list)|our"
    r"|more (?:on|from"
    r"|about))\b(?![^.]{0,120}\b(?:said|says"
    r"|told)\b)|(?:these are|below (?:is|are)|what follows is|the following (?:is|are)) (?:the|some"
    r"|a)\b[^.]{0,80}(?:stories|headlines|takeaways|list|photos|tweets|transcript|updates)"
    r"|this is a (?:developing|breaking)|its content is produced|our fact[ -]check work"
    r"|[^.]{2,60} is a usa today content partner"
    r"|from (?:the )?[\w ]{2,40} (?:network and wire|staff and wire|wire) reports?"
    r"|(?:compiled|written|reported|edited|translated|photographed|produced|illustrated) by\b"
    r"[^.,]{2,80}\.?$|(?:additional )?reporting by\b(?![^.]{0,120}\b(?:found|shows?|showed"
    r"|reveal\w+"
    r"|suggests?|says|said|has|had|led|confirmed|indicates?|uncovered|exposed)\b)|by our"
    r" (?:correspondent|staff|foreign)|special to\b[^.]{0,40}$|file photo\b|(?:photo|image|video"
    r"|illustration|graphic|picture)(?:graph)?s?(?: illustration)?(?: by|:| courtesy| credit)\b"
    r"(?![^.]{0,120}\b(?:shows?|showed|taken|was|were)\b)|courtesy of [^.,]{2,60}$|pictured\b"
    r"|screenshot(?: by| from| via|:|\W*$)"
    r"|\d{1,2}:\d{2}\s*[-–—]\s*source|slide \d|\d+ of \d+\W*$|\d+ (?:photos?|images|comments?"
    r"|shares?|min(?:ute)?s? read)\b\W*$"
    r"|check your inbox|good (?:morning|evening|afternoon)\b[^.]{0,40}[.!,]?$|happy (?:mon|tues"
    r"|wednes"
    r"|thurs|fri|satur|sun)day\b|hello[,.!]|hi[,!]|welcome (?:back|to (?:our|the"
    r"|this))\b[^.]{0,60}$"
    r"|that['’]s (?:it|all) (?:for|from)\b|see you (?:tomorrow|next|later|on)|calling all\b"
    r"|explore the universe with\b"
    r")",
    re.IGNORECASE,
)
# Likewise in Ukrainian, Russian and German.
_BEGINS_OTHERWISE = re.compile(
    r"(?:"
    r"(?:чита(?:йте|ти|ть)|дивіться|смотрите|слухайте|слушайте|дізна(?:йтеся|тися)|узнайте)"
    r"(?: ще| еще| ещё| також| также| по темі| по теме| більше| больше| далі| дальше| докладніше"
    r"| подробнее| повністю| полностью| раніше| ранее| в нашому| в нашем| на нашому| на нашем| нас"
    r"| наш| про це| об этом| тут| здесь)(?![^\W_])"
    r"|(?:докладніше|детальніше|подробнее|подробности|детали|деталі|за темою|по темі|по теме|більше"
    r" за темою|ще по темі|ещё по теме|відео|видео|фото|фотогалерея|інфографіка|инфографика|реклама"
    r"|джерело|источник|теги|автор|авторка|редактор|головне фото|нагадаємо, читайте|опитування"
    r"|опрос"
    r"|оновлено|обновлено|опубліковано|опубликовано|зміст|содержание|довідка|анонс)\s*:(?!\d)"
    r"|підпи(?:суйтеся|шіться|сатися|суйся|шись)|подпи(?:сывайтесь|шитесь|саться|шись|сывайся)"
    r"|приєднуйтесь|присоединяйтесь|долучайтеся до|поділ(?:іться|итися)|подел(?:итесь|иться)|стежте"
    r" за|следите за|надсилайте|присылайте|пишіть нам|пишите нам|натисніть|нажмите|завантажте наш"
    r"|скачайте|поширте|ставте лайк|ставьте лайк|коментуйте|комментируйте|залишайте|оставляйте"
    r" комментар|підтрим(?:айте|уйте) (?:нас|наш|роботу)|поддержите (?:нас|наш|работу)|якщо ви"
    r" (?:помітили|знайшли) помилку|если вы (?:нашли|заметили) ошибку|виділіть|выделите (?:ее|её"
    r"|текст)"
    r"|передрук|перепечатка|усі права|всі права|все права|цей сайт|этот сайт|ми використовуємо|мы"
    r" используем|матеріал (?:оновлюється|доповнюється|оновлено)|материал (?:обновляется"
    r"|дополняется"
    r"|обновлен)|новина (?:оновлюється|доповнюється)|новость (?:обновляется|дополняется)"
    r"|цей матеріал"
    r" (?:було|оновлено|підготовлено)|этот материал (?:был|обновлен|подготовлен)|фото з відкритих"
    r"|фото из открытых|на фото\b|ілюстративне фото|иллюстративное фото|скріншот|скриншот|за"
    r" матеріалами|по материалам|переклад(?:ено|ач)?:|перевод:|думка автора|мнение автора"
    r"|точка зору|мнение редакции|відео дня|видео дня|раніше ми писали|ранее мы писали|раніше"
    r" повідомлялося, читайте|не пропустіть|не пропустите|популярне|популярное|реклама\b"
    # German
    r"|(?:lesen|sehen|hören) sie (?:auch|hier|mehr|dazu|weiter)|mehr (?:zum thema|dazu|lesen|infos?"
    r"|informationen)\b|zum thema\b|weiterlesen|jetzt (?:lesen|anmelden|abonnieren|testen"
    r"|registrieren"
    r"|kostenlos)|(?:abonnieren|melden|registrieren|folgen) sie\b|newsletter\W*$|hier (?:klicken"
    r"|geht"
    r" es|gehts|lesen|finden sie|können sie)|diese(?:r|s)? (?:artikel|beitrag|text|meldung|seite)"
    r" (?:wurde|ist|erschien|wird|verwendet|stammt|enthält)|wir (?:verwenden|nutzen) cookies"
    r"|alle rechte"
    r" vorbehalten|(?:foto|bild|quelle|video|anzeige|werbung|von|autor|redaktion|symbolbild"
    r"|archivbild"
    r"|archivfoto|bildunterschrift|inhaltsverzeichnis|lesetipp|inhalt|hintergrund"
    r"|kommentar)\s*:(?!\d)"
    r"|(?:anzeige|werbung|symbolbild|archivbild)\b\W*$|teilen sie|schreiben sie uns|zur startseite"
    r"|mit material von|eine frühere version|in einer früheren version|hinweis der redaktion"
    r"|anmerkung der redaktion|stand:"
    r")",
    re.IGNORECASE,
)
# Most patterns that are looked for anywhere are asked only of a sentence with one of their words.
_WANTING_TEXT = """
newsletter newsletters inbox subscribe subscribing subscriber subscribers sign signing click
podcast podcasts read reserved contributed here watched replay twitter facebook instagram tiktok
threads commission affiliate continues caption feedback reached edited horoscope quiz photo image
picture video photos stories follow play telegram телеграм канал посиланням ссылке розсилку
рассылку кнопку ctrl viber youtube новини новости register
"""
_WANTING = frozenset(_WANTING_TEXT.split())
_CREDITING_TEXT = """
via getty images photo photos image picture foto bild фото ap afp reuters epa cnn nbc cbs abc bbc
bloomberg shutterstock upi dpa pool handout tass xinhua alamy imago тасс уніан укрінформ
"""
_CREDITING = frozenset(_CREDITING_TEXT.split())
_SIDES_TEXT = """
left right center centre l r c top bottom
"""
_SIDES = frozenset(_SIDES_TEXT.split())
_CORRECTING_TEXT = """
correction corrected corrects wrong wrongly incorrect incorrectly misstated mistaken mistakenly
erroneous erroneously misidentified version виправлення виправлено исправление исправлено
"""
_CORRECTING = frozenset(_CORRECTING_TEXT.split())
_SIGNS = _WANTING | _CREDITING | _SIDES | _CORRECTING
_HAS = re.compile(
    r"\b(?:sign(?:ing)? up (?:here|now|for (?:our|the|free|cnn|this|\w+['’]s))|subscribe (?:here"
    r"|now"
    r"|today|to (?:our|the newsletter|us))|(?:to|in) your inbox|our (?:free |daily |weekly |new )*"
    r"(?:newsletters?|podcast)|(?:by|for|via) (?:our|this|the) (?:\w+ ){0,2}newsletter"
    r"|click (?:here"
    r"|on the|the link)|read (?:more|the full (?:story|article|list|interview|report)) (?:here|from"
    r"|about|on|at|opinion)|(?:read|see|watch|find|view|get|register|apply|donate|listen|order|buy)"
    r"[^.]{0,40} here\W*$|follow @\w|hit play\b|follow (?:us|him|her|them|me|[^.]{2,60}) (?:on"
    r"|online|at) (?:@\w|twitter|facebook"
    r"|instagram|tiktok|threads|x\b)|on (?:twitter|instagram|facebook)(?:\s?@|:? ?@|\W*@)\w+"
    r"|all rights reserved|(?:associated press|reuters|afp|usa today"
    r"|\w+) (?:\w+ ){0,4}contributed to"
    r" (?:this|the) (?:report|story|article)|contributed to this (?:report|story|article|piece)"
    r"|(?:story|article|text) continues|earn (?:us )?(?:a|an affiliate) commission|affiliate"
    r" (?:links?|commission)|hide caption|replay more videos|just watched|for subscribers only"
    r"|(?:subscriber|member)[- ](?:only|exclusive)|read more\W*$|video ad feedback"
    r"|(?:photo|image|picture|video) (?:by|courtesy|credit|from|via) (?:of )?[\w. ]{2,40}(?:/|via|,"
    r"|getty|\W*$)|you (?:just )?watched|find (?:his|her|their) (?:work|stories)|can be reached at"
    r"|(?:has been|was) (?:lightly )?edited (?:for (?:clarity|length|brevity)|and condensed)"
    r"|(?:your|today['’]s|daily|weekly) horoscope|(?:news|crossword|daily|weekly|trivia) quiz"
    r"|local forecast here)"
    r"|натисн\w+ (?:на )?кнопку|(?:за|по) посиланням тут|по ссылке здесь"
    r"|(?:підпи\w+|подпи\w+|долуч\w+|приєдн\w+|присоед\w+|читайте|слід\w+|следите|стежте)[^.]{0,40}"
    r"(?:telegram|телеграм|канал|розсилк|рассылк|instagram|facebook|youtube|viber|новини|новости)"
    r"|ctrl\s?\+\s?enter",
    re.IGNORECASE,
)
# A name before an agency, with or without a caption behind it.
_CREDIT = re.compile(
    rf"[\w.’')]\s?/\s?{_AGENCY}(?![^\W_])"
    r"|\b(?:AP(?: Photo)?|AFP|Reuters|EPA|Getty(?: Images)?|Shutterstock"
    r"|Bloomberg)\s?/\s?[A-ZА-ЯІЇЄҐ]"
    r"|\bvia (?:Getty|AP|Reuters|AFP)\b"
    rf"|\((?:[Pp]hoto|[Фф]ото|Foto|Bild|[Ii]mage|[Pp]icture)\b|^{_AGENCY}\W*$"
    r"|\b(?:[Ff]ile photo|[Ss]tock photo|[Hh]andout photo)\W*$|\bGetty Images\W*$"
)
# "A Reuters/Ipsos poll" credits nobody; what stands further off is in the picture.
_BESIDE = 30
_POLL = re.compile(r"\b(?:polls?|polling|surveys?|Ipsos|YouGov|NORC|SSRS)\b")
# "Two men carry a door in Kherson, Ukraine, on Friday, May 6, 2022.": what a picture shows.
_SHOWS_NOW = re.compile(
    r"\b(?:walks?|stands?|speaks?|poses?|waves?|gestures?|sits?|listens?|carr(?:y|ies)|looks? (?:on"
    r"|at|out)|arrives?|attends?|embraces?|hugs?|reacts?|rides?|kneels?|stares?|performs?|tees? off"
    r"|(?:is|are) (?:seen|pictured|shown)|smoke (?:rises|billows)|lines? up|line the"
    r"|hold (?:signs?|up"
    r"|a)|holds (?:a|up|signs?|the)|places? flowers|cheers?|watch(?:es)?|clean up"
    r"|queue)\b(?:[^.]|(?<=\b[A-Z])\.){0,200}"
    rf"(?:\bon|,) (?:(?:mon|tues|wednes|thurs|fri|satur|sun)day, )?{_MONTH} \d{{1,2}},? \d{{4}}\b",
    re.IGNORECASE,
)
_LEFT_RIGHT = re.compile(
    r"\((?:left|right|cent(?:er|re)|L|R|C|top|bottom|second from (?:left|right))\)"
    r"|[A-Z]\w+, (?:left|right|cent(?:er|re)|second from (?:left|right)),"
)
# "Queen dies at 96:Prince Charles is king" has lost its space with its link.
_LINKED = re.compile(r"[a-zа-яіїєґ0-9?!'\"’”]:['\"“‘]?[A-ZА-ЯІЇЄҐ]|[?!'\"’”]:\w")
# "FEE HEAVEN: Budget airlines announce merger", in an article whose sentences end with stops.
_KICKER = re.compile(
    r"^(?!BREAKING|URGENT|UPDATE|JUST IN)[A-Z0-9'’&(]+[,)]? [A-Z0-9 '’&,()/$?!-]{2,60}:\s*[^\W_]"
)
_ARROW = re.compile(r"^(?:▶|►|☰|📺|🎧|📷|📸)|(?:>>|→|➡|▶|\[(?:…|\.\.\.)\])$")
_CONTENTS = re.compile(r"\.{4,}\s*\d+$")
_QUIZ = re.compile(r"^(?:answers?|question \d+)\s*:", re.IGNORECASE)
_HOROSCOPE = re.compile(
    r"^(?:aries|taurus|gemini|cancer|leo|virgo|libra|scorpio|sagittarius|capricorn|aquarius|pisces"
    r"|овен|овн|телец|тілець|близнец|близнюк|рак|лев|дев|діва|терези|весы|скорпион|скорпіон|стрелец"
    r"|стрілець|козерог|козеріг|водол[еі]й|рыб|риби|widder|stier|zwillinge|krebs|löwe|jungfrau"
    r"|waage"
    r"|skorpion|schütze|steinbock|wassermann|fische)\w{0,3}\s?(?:\([^)]{3,40}\)|:)",
    re.IGNORECASE,
)
# "By Jane Doe", "By JANE DOE and John Roe, Associated Press"
_BYLINE = re.compile(
    r"^(?:By|Автор|Von|Text|Текст|Story by|Words by) (?:(?:[A-ZА-ЯІЇЄҐ][\w.’'-]*|and|und|та|и|for"
    r"|of|the"
    r"|de|van|von|[&|])(?:[, ]+|$))+$"
)
_NAMES_ALONE = re.compile(
    r"^(?:[A-Z][\w.’'-]*[, |]+){1,5}(?:for )?(?:CNN|NPR|USA TODAY|AP|AFP|Associated Press|Reuters"
    r"|BBC|[Ss]taff"
    r"|[Cc]ontributor|[Cc]olumnist|[Cc]orrespondent)[\w ]{0,20}$"
)
# "-- Jane Doe, a port director": whose words a pull quote is, or who wrote a paragraph.
_SIGNED = re.compile(
    r"^[–—-]{1,2}\s?[A-ZА-ЯІЇЄҐ][\w.’'-]+(?:\s(?:[A-ZА-ЯІЇЄҐ][\w.’'-]+|de|van|von|bin|al)){1,4}"
    r"(?:,\s|\s(?:of|on|to)\s|\W*$)"
)
# A place and an agency, and nothing after them.
_DATELINE = re.compile(
    r"^(?:[A-ZА-ЯІЇЄҐ][\w.’'-]*[,/ ]+){0,6}\(?(?:CNN|AP|Reuters|REUTERS|AFP|BBC|UPI|dpa|DPA"
    r"|USA TODAY"
    r"|Укрінформ|УНІАН|ТАСС|Інтерфакс|Интерфакс|Bloomberg)"
    r"(?: (?:Business|News|Sport|Opinion|Travel|Newsroom))?\)?\s?[—–-]*\s*$"
    r"|^[A-ZА-ЯІЇЄҐ]{3,}\.?(?:[ ,]+[A-ZА-ЯІЇЄҐ][\w.]*){0,4}\s?[—–-]{1,2}$"
)
_NUMBERED = re.compile(r"^(?:[A-D]\)|\(?\d{1,3}\s?[.)]|#\d{1,3}|[•▪●■◆*–—-]|[ivxIVX]{1,4}[.)])\s*")
_ONLY_A_DATE = re.compile(
    rf"^(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?(?:{_MONTH} \d{{1,2}}(?:[-–]\d{{1,2}})?"
    rf"|\d{{1,2}} {_MONTH})(?:,? \d{{4}})?(?:,? (?:at )?\d{{1,2}}:\d\d ?(?:[ap]\.?m\.?)?(?:"
    rf" \w+)?)?\W*$"
    r"|^\d{1,2}[.:/]\d{2}(?:[./]\d{2,4})?(?: ?[ap]\.?m\.?)?(?: [A-Z]{2,4})?\W*$",
    re.IGNORECASE,
)
_PHONE = re.compile(r"\b\d{3}[-.]\d{3}[-.]\d{4}\b")
_ADDRESS = re.compile(
    r"\b(?:https?://|www\.)\S+|(?<![\w.])[\w.+-]{1,64}@[\w.-]+|(?<![\w@#])[@#]\w+"
    r"|\b[\w-]{1,60}\.(?:com|org|net|co\.uk|gov)\b\S*"
)
# A correction that says what is right is news of its own: "... it is 12, not 21."
_RIGHT = re.compile(
    r"\bnot (?:\d|the|a|an|in|on|by|\w+(?: \w+)?[.,;]?$)|\brather than\b|\binstead of\b"
    r"|\bto (?:show|say|reflect"
    r"|clarify|note|indicate|make clear) (?:that |how )|\b(?:it|he|she|they|there"
    r"|the [\w ]{2,40}) (?:is|was|are"
    r"|were|has|had|have)\b(?! (?:been )?(?:updated|corrected))|\bin (?:its|our) report\b",
    re.IGNORECASE,
)
# "Median household income: $44,333", "Giants 5, Padres 2": a row of a list that has a figure.
_FACT = re.compile(
    r"[^\W\d_][^:.]{3,60}:\s[^:]{0,30}\d|[^\W\d_][^\d:]{2,40} \d{1,3}, [^\W\d_][^\d:]{2,40}"
    r" \d{1,3}$"
    r"|(?:[Oo]ur )?(?:[Rr]ating|[Vv]erdict|[Rr]uling): \w"
)
# To say hello, to lead over, to fill.
_FILLER = re.compile(
    r"^(?:thank you|thanks|thank god|hello|hi|hey|yes|no|nope|ok|okay|well|why|how|really|right"
    r"|sure|wow|of course"
    r"|exactly|absolutely|real quick|and finally|that['’]s it|you['’]re welcome|stay safe"
    r"|stay tuned|good luck"
    r"|big difference|enjoy|because (?:they|we|he|she) can|not so fast|fun fact|spoiler alert"
    r"|the end|more soon"
    r"|дякуємо|дякую|спасибо|привіт|привет|так|ні|да|нет|danke|hallo|ja|nein|далі буде"
    r"|продолжение следует"
    r"|fortsetzung folgt|to be continued|just for fun|breaking news|more to come"
    r"|more details to follow)\W*$",
    re.IGNORECASE,
)
_VERBS_TEXT = """
suggests suggest debuts debut smile grimace questions recommends recommend
is isn't are aren't was wasn't were weren't be been has hasn't have haven't had hadn't will won't
would can can't cannot could couldn't may might must should shouldn't do does doesn't did didn't
don't it's he's she's that's there's they're we're i'm who's says say said tells told kills kill
killed dies die died wins win won loses lose lost hits hit strikes strike struck makes make made
takes take took gets get got gives give gave goes go went comes come came sees see saw finds find
found holds hold held keeps keep kept leaves leave left meets meet met pays pay paid puts put
rises rise rose falls fall fell runs run ran sends send sent sets set shuts shut sits sit sat
speaks speak spoke stands stand stood begins begin began breaks break broke brings bring brought
buys buy bought builds built cuts cut draws draw drew drives drove fights fought flies flew gains
grows grew hears heard hurts hurt knows knew lays leads led lets means meant reads rides rode
rings seeks sought sells sold shoots shot shows showed sinks sank sleeps spends spent spreads
stole steals sues swims swore swears teaches taught throws threw thinks thought wears wore writes
wrote accuses adds admits adopts agrees aims allows announces apologises apologizes appeals
appears approves arrests arrives asks attacks backs bans beats becomes became believes blames
blasts blocks bombs calls captures carries catches caught causes celebrates charges claims clears
closes collapses condemns confirms considers continues convicts crashes creates criticises
criticizes crosses declares declines defeats defends demands denies deploys destroys detains drops
eases ends endorses enters erupts escapes expands expects expels explains explodes extends faces
fails fears files fires flees fled forces gathers grants halts heads helps hopes identifies
ignores imposes improves increases indicts injures insists invades investigates issues joins jumps
jails launches lifts lives looks lowers moves names needs offers opens orders ousts overtakes
passes plans pleads pledges plunges postpones prepares promises protests proves quits raises
reaches reacts receives recalls recaptures reclaims recovers refuses rejects releases remains
removes repels replaces reports resigns responds resumes retires retreats returns reveals rules
sacks saves scores searches seizes settles signs slams slows soars sparks stays starts steps stops
storms suffers supports surges surpasses surrenders survives suspends suspects targets tests
testifies threatens tops trails travels tries triggers triumphs turns unveils upholds urges uses
vetoes visits votes vows waits wants warns weakens weighs welcomes withdraws withdrew works
worries wounds yields wed weds picks pick swaps swap conjures presents resurfaces acquires acquire
join ask believe capture carry catch celebrate confirm consider convict create criticise criticize
defend deploy destroy detain endorse enter erupt expand expel explain explode extend gather
identify ignore improve indict injure insist invade investigate oust overtake plead postpone
prepare prove raise react receive recapture reclaim recover remove repel replace resign respond
retire seize settle soar stay suffer surpass surrender survive suspend testify threaten unveil
uphold weaken weigh welcome withdraw adopt allow appear approve arrive ease impose announce accuse
deny agree admit urge warn want seek fail refuse reject remain become follow reveal declare expect
continue resume unite defy ditch slam vow condemn demand slid hid lit rang sang slew slept smelt
spun sprang stuck stung swam swept swung tore woke wept froze forgot forgave drank ate bit bled
bred clung crept dealt dug fed felt flung ground hung leapt lent overcame quit rid sewed shone
shrank slit sown sped spat split spilt bound beat bet burst cast shed thrust upset withstood
undertook overthrew mistook arose awoke bore blew chose dates lies bids bows bars eyes nears nets
ist sind war waren hat haben hatte hatten wird werden wurde wurden kann können muss müssen soll
sollen wollen sagt sagte starb starben stirbt tötet tötete gewinnt gewann verliert verlor fordert
meldet warnt droht bleibt kommt geht steht liegt gibt zeigt startet endet beginnt begann fällt
steigt sinkt tritt trat plant erklärt erklärte є був була було були буде будуть має мають може
можуть немає нема есть был была было были будет будут имеет имеют может могут нет загинув загинули
погиб погибли
"""
_VERBS = frozenset(_VERBS_TEXT.split())
_VERB_LIKE = re.compile(
    r"^(?:[a-z]{2,}(?:[^e\W]ed|eed|ied)|[а-яіїєґ]{2,}(?:в|ил|ал|ял|ел|ыл|ла|ло|ли|вся|лася|лося"
    r"|лися|лся|лась"
    r"|лось|лись"
    r"|ють|ять|уть|ить|ать|ться|тся|ют|ят|ут|ет|ит|ёт|ає|яє|ує|їть|но|то|ем|ємо))$"
)
_GERMAN_TEXT = """
der die das und im mit für auf bei nach ein eine den dem nicht von zu
"""
_GERMAN = frozenset(_GERMAN_TEXT.split())
_GERMAN_VERB = re.compile(r"^[a-zäöüß]{3,}t(?:e|en)?$")
_NO_VERB_TEXT = """
канал портал материал матеріал генерал журнал финал фінал отдел раздел предел арсенал скандал
сигнал капитал персонал вокзал криминал квартал
need seed feed speed weed breed indeed hundred red bed sacred naked wicked aged united його нього
того право слово місто место дело діло тіло тело число що это хто кто але коли або для без лист
мост рост тест факт white nicht mit seit zeit stadt staat amt gestern letzte letzten ersten erste
zweite dritte heute рада этот цього этого этом свет світ ответ совет брат сорок пост быт новость
область власть часть есть мать честь смерть помощь
"""
_NO_VERB = frozenset(_NO_VERB_TEXT.split())


_ASKS = re.compile(
    r"^(?:what|why|how|who|where|when|which|що|чому|як|хто|де|коли|что|почему|как|кто|где"
    r"|когда|was|warum|wie|wer|wo|wann)\b",
    re.IGNORECASE,
)


def is_junk(sentence: str, before: str = "", after: str = "", title: str = "") -> bool:
    """Whether a sentence tells nothing that could be quoted as news.

    `before` and `after` are the text around it as it stands, as far as that is known, `title` is
    its article's. What tells something is never junk, however short ("Three people died."), nor is
    what somebody says, nor a correction that says what is right.
    """
    if is_boilerplate(sentence):
        return True
    foreign = _is_foreign_heading(sentence.strip())
    return _is_fragment(sentence, before, after, title) if foreign is None else foreign


def is_boilerplate(sentence: str) -> bool:
    """Whether a sentence is about its page, maker or reader, as far as it shows by itself."""
    text = sentence.strip()[:_LOOKED_AT]
    if text.rstrip(_CLOSERS).endswith("?"):
        return True
    bare = text.lstrip(_OPENERS)
    if not bare:
        return True
    signs = _SIGNS.intersection(text.casefold().translate(_TO_SPACES).split())
    if signs & _CORRECTING and _RIGHT.search(text):
        return False
    if _is_link(text) or _is_caption(text, signs):
        return True
    # What somebody says to their own listeners is news.
    return text[0] not in _QUOTES and (
        _BEGINS.match(bare) is not None
        or _BEGINS_OTHERWISE.match(bare) is not None
        or _is_advert(text, bare, signs)
    )


def _is_link(text: str) -> bool:
    """Whether it leads elsewhere: a kicker with a headline, an arrow, a line of contents."""
    if ":" in text and (_LINKED.search(text) or _QUIZ.match(text)):
        return True
    if _HOROSCOPE.match(text) or ("...." in text and _CONTENTS.search(text)):
        return True
    return not text.endswith(_STOPS) and bool(_KICKER.match(text) or _ARROW.search(text))


def _is_caption(text: str, signs: frozenset[str]) -> bool:
    """Whether it says what a picture shows, or whose it is."""
    credit = _CREDIT.search(text) if "/" in text or signs & _CREDITING else None
    if credit and not _POLL.search(text, max(credit.start() - _BESIDE, 0), credit.end() + _BESIDE):
        return True
    if signs & _SIDES and _LEFT_RIGHT.search(text):
        return True
    return (", 20" in text or ", 19" in text) and _SHOWS_NOW.search(text) is not None


def _is_advert(text: str, bare: str, signs: frozenset[str]) -> bool:
    """Whether it is a byline or a place line, or one of its signs shows that it wants something."""
    if _BYLINE.match(bare) or _NAMES_ALONE.match(bare) or _SIGNED.match(text):
        return True
    if _DATELINE.match(text.strip("()")):
        return True
    return bool(signs & _WANTING) and _HAS.search(text) is not None


def _is_foreign_heading(text: str) -> bool | None:
    """Whether a line in a script whose words the rules don't know is a heading; None in others."""
    letters = sum(map(str.isalpha, text))
    if not letters or 2 * len(_OTHER_SCRIPT.findall(text)) <= letters:
        return None
    return letters < _FEW_LETTERS and not text.rstrip(_CLOSERS).endswith(_OTHER_STOPS)


def _is_fragment(sentence: str, before: str, after: str, title: str) -> bool:
    """Whether a sentence is none: a heading, a date, a name, an address, a word."""
    text = sentence.strip()[:_LOOKED_AT]
    bare = _NUMBERED.sub("", text.lstrip("\"'“”‘’„«(["))
    told = _PHONE.sub(" ", _ADDRESS.sub(" ", bare)) if _has_address(bare) else bare
    words = _WORD.findall(told)
    if len(words) < (_TELLING if len(told) < len(bare) else 2):
        return True
    if _FILLER.match(bare) or _ONLY_A_DATE.match(bare):
        return True
    ended = text.rstrip(_CLOSERS)
    if ended.endswith(_STOPS):
        figures = sum(word.isdigit() for word in words)
        return (len(words) < _TELLING or 2 * figures >= len(words)) and not _has_verb(words)
    if len(words) > _LONGEST_LIST or _FACT.match(bare):
        return False
    if (
        text.isupper()
        or not _has_verb(words)
        or (_ASKS.match(bare) and len(words) <= _LONGEST_HEADING)
    ):
        return True
    return (
        len(words) <= _SHORT_HEADING
        and bare == text
        and not ended.endswith(":")
        and _is_between_sentences(before, after)
        and not _same_words(words, title)
    )


def _has_address(text: str) -> bool:
    return "@" in text or "#" in text or "." in text[:-1] or text.count("-") > 1


def _has_verb(words: Sequence[str]) -> bool:
    folded = [word.casefold().replace("’", "'") for word in words]
    if any(one in _VERBS or (one not in _NO_VERB and _VERB_LIKE.match(one)) for one in folded):
        return True
    if _GERMAN.isdisjoint(folded):
        return False
    # German writes its nouns with capitals.
    return any(_GERMAN_VERB.match(word) and word not in _NO_VERB for word in words)


def _same_words(words: Sequence[str], title: str) -> bool:
    return bool(title) and [one.casefold() for one in words] == [
        one.casefold() for one in _WORD.findall(title)
    ]


def _is_between_sentences(before: str, after: str) -> bool:
    """Whether the text around goes in sentences, each with its stop, so that a line has none."""
    return before.rstrip().rstrip(_CLOSERS).endswith(_STOPS) and after.rstrip().rstrip(
        _CLOSERS
    ).endswith(_STOPS)


def junk_in(text: str, sentences: Sequence[Span], title: str = "") -> tuple[bool, ...]:
    """For each of the sentences of a text, which are all of them in order, whether it is junk.

    The only sentence of a text may well be a post without a verb: it is no heading of anything.
    """
    if len(sentences) == 1:
        return (is_boilerplate(sentences[0].of(text)),)
    return tuple(
        is_junk(
            span.of(text),
            text[sentences[number - 1].start if number else 0 : span.start],
            text[span.end : sentences[number + 1].end if number + 1 < len(sentences) else None],
            title,
        )
        for number, span in enumerate(sentences)
    )


def fixed_phrases(outlet: str, title: str, text: str, sentences: Iterable[Span]) -> frozenset[int]:
    """The keys of those sentences of an article that may be its outlet's fixed phrases.

    What the rest of the article speaks of too is its own: the background of a story is told again
    in each article about it, word for word, and is no boilerplate. Nor is a sentence of a few
    words, which any two may share.
    """
    told = [(span.of(text), stems(span.of(text))) for span in sentences]
    uses = Counter(stem for _, found in told for stem in found)
    uses.update(stems(title))
    return frozenset(
        sentence_key(outlet, sentence)
        for sentence, found in told
        if len(_WORD.findall(sentence)) >= _TELLING
        and (not found or 2 * sum(uses[stem] > 1 for stem in found) < len(found))
    )


def is_recurring(sentence: str, articles: int) -> bool:
    """Whether a sentence that may be a fixed phrase is one, by how many articles have it.

    One with a figure is more likely news that several articles tell.
    """
    has_figure = any(char.isdigit() for char in sentence)
    return articles >= (RECURRING_WITH_FIGURE if has_figure else RECURRING)


def sentence_key(outlet: str, sentence: str) -> int:
    """By what a sentence is known among all of its outlet: 63 bits of its words, case folded.

    Figures count as they stand, since "He was 82." and "He was 84." are no fixed phrase.
    """
    words = " ".join(_WORD.findall(sentence[:_LOOKED_AT].casefold()))
    name = " ".join(outlet.casefold().split())
    digest = blake2b(f"{name}\n{words}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.briefing.choosing import centrality, choose, disputed, to_watch
from retrieval.briefing.material import (
    Material,
    bare_title,
    before_news,
    choose_articles,
    is_news_title,
)
from retrieval.briefing.referents import introduced_before, lacks_referent, leans
from retrieval.briefing.telling import is_background, is_general, is_telling, is_to_come
from retrieval.text.words import telling_stems
from tests.support.fakes import BagOfWordsEmbeddings
from tests.support.passages import article, passage

ALPHA = (
    "Ukraine's general staff said 8,000 North Korean soldiers were in the Kursk region. "
    "He added that the number could still grow in the coming weeks. "
    "Parliament will vote on the defence budget on Thursday in Kyiv. "
    "Sign up for our newsletter to read more about the war every day."
)
BETA = (
    "The Pentagon said 11,000 North Korean soldiers were in the Kursk region. "
    "Its spokeswoman spoke of the deployment on Monday in Washington at length."
)
GAMMA = (
    "Ukraine's general staff said 8,000 North Korean soldiers were in the Kursk region of Russia."
)


def material() -> Material:
    return Material.of(
        1,
        [
            passage(ALPHA, outlet="Alpha", revision=1, day="2024-11-03"),
            passage(BETA, outlet="Beta", revision=2, day="2024-11-05"),
            passage(GAMMA, outlet="Gamma", revision=3, day="2024-11-04"),
        ],
    )


def vectors(material: Material) -> np.ndarray:
    made = BagOfWordsEmbeddings().embed_documents([one.text for one in material.sentences])
    matrix = np.asarray(made, dtype=np.float32)
    return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True))


def chosen(most: int = 4, known: tuple[int, ...] = ()) -> list[str]:
    mine = material()
    found = choose(mine.sentences, vectors(mine), most, lambda n: n in known)
    return [one.sentence.text for one in found]


def test_the_lead_that_several_outlets_share_comes_first_and_cites_them() -> None:
    mine = material()
    first = choose(mine.sentences, vectors(mine), 4, lambda _: False)[0]
    outlets = {one.article.outlet for one in (first.sentence, *first.others)}
    assert outlets == {"Alpha", "Gamma"}


def test_two_outlets_figures_are_two_statements_and_copies_are_one() -> None:
    told = chosen()
    assert any("8,000" in text for text in told)
    assert any("11,000" in text for text in told)
    assert sum("8,000" in text for text in told) == 1


def test_what_the_reader_knows_and_what_is_no_news_is_not_chosen() -> None:
    assert not any("11,000" in text for text in chosen(known=(4,)))
    assert not any("newsletter" in text for text in chosen())


def test_outlets_that_count_differently_are_set_side_by_side_the_newer_first() -> None:
    mine = material()
    pair = disputed(mine.sentences, vectors(mine))
    assert pair is not None
    assert pair[0].article.outlet == "Beta"
    assert "8,000" in pair[1].text


def test_what_is_to_come_is_only_what_an_article_says() -> None:
    mine = material()
    coming = to_watch(mine.sentences, [], lambda _: False)
    assert coming is not None
    assert coming.text.startswith("Parliament will vote")
    assert to_watch(mine.sentences[3:], [], lambda _: False) is None


@pytest.mark.parametrize(
    "text", ["He said so.", "But nobody came to the meeting.", "Він це сказав."]
)
def test_a_sentence_that_needs_the_one_before_is_known_by_its_first_word(text: str) -> None:
    assert leans(text)


@pytest.mark.parametrize(
    "text",
    [
        "Read more about the war in our newsletter today.",
        "Photo by A. Person for the Agency on May 3.",
        "Editor's note: The report recaps the fighting near Kursk on Thursday.",
        "A previous version of the article gave the wrong place of the parliament in Kyiv.",
        "1935 — The league extended its winning streak to three with a victory at Cleveland.",
        "A player tees off during the third round at Royal Greens on May 5, 2022 in Jeddah.",
        "Bakhtar/AP Afghans evacuate after a deadly earthquake struck the east of the country.",
        "I was on the border and saw for the first time how thousands of refugees arrived.",
        "If your day begins early then the best news of the morning is here for all readers.",
        "“There were also coordinates for a drop point with two backup plans for the men.”",
        "The documentary shows the vice president reacting to a resolution of the house ...",
        "Я бачив на кордоні, як тисячі людей чекали на автобуси до Варшави.",
    ],
)
def test_advice_and_picture_credits_are_no_news(text: str) -> None:
    assert not is_telling(text)


def test_each_outlet_has_its_turn_among_the_articles_that_are_read() -> None:
    articles = [
        article(outlet=outlet, revision=n)
        for n, outlet in enumerate(["A", "A", "A", "B", "C", "A"], start=1)
    ]
    assert [one.outlet for one in choose_articles(articles, 4)] == ["A", "B", "C", "A"]


@pytest.mark.parametrize(
    "text",
    [
        "“I never believed them,” Vice President Harris said in an interview on Monday in Chicago.",
        "The US and Ukraine signed an agreement on drones in Washington on Monday.",
        "«Я не вірю їм», — сказав президент Зеленський у Києві в понеділок увечері.",
    ],
)
def test_what_somebody_said_in_the_first_person_is_news(text: str) -> None:
    assert is_telling(text)


@pytest.mark.parametrize(
    ("text", "news"),
    [
        ("(CNN) Floods closed the park.", "Floods closed the park."),
        ("New York (CNN Business) Prices rose.", "Prices rose."),
        ("DENVER (AP) — The cup is won.", "The cup is won."),
        ("WASHINGTON – The bank raised rates.", "The bank raised rates."),
        ("КИЇВ (Укрінформ) — Рада проголосувала.", "Рада проголосувала."),
        ("• Voters went to the polls.", "Voters went to the polls."),
        ("President (elect) Petro spoke.", "President (elect) Petro spoke."),
        ("NATO allies met – the first time.", "NATO allies met – the first time."),
        ("(CNN)", "(CNN)"),
    ],
)
def test_news_begins_after_place_and_agency(text: str, news: str) -> None:
    assert text[before_news(text, "cnn.com") :] == news


@given(st.text(max_size=80), st.text(max_size=10))
def test_something_is_left_of_every_sentence(text: str, outlet: str) -> None:
    skipped = before_news(text, outlet)
    assert skipped == 0 or text[skipped:].strip()


def test_a_sentence_cites_the_slice_without_what_stands_before_the_news() -> None:
    text = "KYIV (Reuters) - Parliament passed the budget on Thursday after a long debate."
    (sentence,) = Material.of(1, [passage(text)]).sentences
    assert text[sentence.start : sentence.end] == sentence.text
    assert sentence.text.startswith("Parliament")


THURSDAY = date(2024, 11, 14)


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        ("Parliament will vote on Friday.", True),
        ("Parliament will vote on Thursday.", False),
        ("Parliament will vote today.", False),
        ("Parliament will vote next week.", True),
        ("Parliament will vote on Nov. 20.", True),
        ("Parliament was scheduled for Nov. 10, will meet 12 November.", False),
        ("Parliament will vote on the budget.", False),
        ("The park is expected to stay closed, its rangers said in a release Tuesday.", False),
        ("The economy is likely to slow next year.", False),
        ("Засідання відбудеться 20 листопада.", True),
    ],
)
def test_what_is_to_come_has_a_time_that_is_not_past(text: str, *, ahead: bool) -> None:
    assert is_to_come(text, THURSDAY, date(2024, 11, 15)) is ahead


def test_articles_of_many_topics_are_not_told() -> None:
    text = " ".join(
        f"Minister Number{n} opened the new station{n} in Town{n} today." for n in range(8)
    )
    mine = Material.of(1, [passage(text)])
    count = len(mine.sentences)
    apart = np.eye(count, dtype=np.float32)
    far = np.full(count, 0.1, dtype=np.float32)
    assert choose(mine.sentences, apart, 3, lambda _: False, far) == []
    near = np.full(count, 0.5, dtype=np.float32)
    assert len(choose(mine.sentences, apart, 3, lambda _: False, near)) == 3


def test_what_gives_the_same_figures_again_in_other_words_is_not_told_again() -> None:
    text = (
        "An earthquake of 5.9 killed more than 1,000 people near Khost on Wednesday. "
        "Rescuers searched on Thursday after more than 1,000 people were killed in the east. "
        "The Taliban asked aid groups for tents and medicine for the province of Paktika."
    )
    mine = Material.of(1, [passage(text)])
    vectors = np.asarray([[1, 0, 0], [0.65, 0.76, 0], [0, 0, 1]], dtype=np.float32)
    told = choose(mine.sentences, vectors, 3, lambda _: False)
    assert [one.sentence.place for one in told] == [0, 2]


@pytest.mark.parametrize(
    ("title", "news"),
    [
        ("Opinion: What Europe dreams of", False),
        ("Photos this week: June 16-June 23", False),
        ("Justices' opinion on abortion leaks", True),
        ("Putin says war goes on", True),
    ],
)
def test_titles_say_when_no_news_follows(title: str, *, news: bool) -> None:
    assert is_news_title(title) is news


@given(st.integers(1, 6), st.sets(st.integers(0, 6)))
def test_never_more_than_asked_for_never_twice_and_never_what_is_known(
    most: int, known: set[int]
) -> None:
    mine = material()
    found = choose(mine.sentences, vectors(mine), most, lambda n: n in known)
    texts = [one.sentence.text for one in found]
    assert len(texts) == len(set(texts)) <= most
    assert not {mine.sentences.index(one.sentence) for one in found} & known


def told_of(text: str, most: int = 3) -> list[str]:
    mine = Material.of(1, [passage(text)])
    found = choose(mine.sentences, vectors(mine), most, lambda _: False)
    return [one.sentence.text for one in found]


@pytest.mark.parametrize(
    "leaning",
    [
        "He told reporters in Kursk that 900 soldiers of the army had died there.",
        "The army warned that attacks on Kursk could change that within hours.",
        "The next day 900 soldiers of the army died in the Kursk region.",
        "According to him, 900 soldiers died in the Kursk region in a week.",
        "In Kursk his army lost 900 soldiers in a week, reporters were told.",
        "The suspect was held in the Kursk region with 900 soldiers of the army.",
    ],
)
def test_a_sentence_whose_referent_is_missing_is_told_only_behind_its_first_mention(
    leaning: str,
) -> None:
    first = "General Ivan Petrenko came to the Kursk region on Monday with the army."
    assert leans(leaning)
    assert told_of(f"{leaning} Snow fell over Poltava on Monday evening.") != [leaning]
    both = told_of(f"{first} {leaning}")
    assert leaning not in both or both.index(leaning) == both.index(first) + 1


def test_short_sentences_that_say_what_became_of_how_many_are_told() -> None:
    assert is_telling("Three people died.")
    assert is_telling("Some 1,200 people were evacuated.")
    assert not is_telling("It was cold.")


def test_what_strays_from_the_title_may_be_told() -> None:
    evacuated = "Some 1,200 people were evacuated from the villages by bus."
    fire = "A fire broke out in the peat bog near Ostrov on Sunday, the fire service said."
    assert evacuated in told_of(f"{fire} {evacuated}")


def test_what_many_outlets_share_is_central() -> None:
    mine = material()
    central = centrality(mine.sentences)
    best = mine.sentences[int(central.argmax())].text
    assert "North Korean soldiers" in best


def test_a_surname_alone_is_told_only_with_the_full_name() -> None:
    text = (
        "Attorney Letitia Berg sued the harbour company of Quay on Monday. "
        "The court of Quay will hear the case of the harbour company in May. "
        "Berg is seeking 900,000 crowns from the harbour company of Quay."
    )
    mine = Material.of(1, [passage(text)])
    assert [one.needs for one in mine.sentences] == [None, None, "Berg"]
    found = told_of(text)
    last = mine.sentences[2].text
    assert last not in found or mine.sentences[0].text in found[: found.index(last)]
    without = choose(mine.sentences, vectors(mine), 3, lambda n: n == 0)
    assert last not in [one.sentence.text for one in without]


@pytest.mark.parametrize(
    "text",
    [
        "Knowing where they start or stop is a judgment call for the council.",
        "If it passes, the law takes effect in spring.",
        "Many of these houses were built in the last century.",
        "Dazen, a councilman of the Wend people, was born and raised here.",
        "Like them, the mayor of Quay refused to sign.",
        "Nowhere is that more true than in Wend.",
        "At the high end of the range, that would be two million more.",
        "The probe is to show whether this kind of impact helps.",
        "Fellow singer Ada Orlov shared a picture of the band.",
        "The two were found dead on Wednesday.",
        "The first was found on Wednesday.",
        "In the November 2019 protests, he says he watched his friends die.",
        "Everything since that day served the victory of Orlov.",
        "A week later, the deputy voted against the bill.",
        "A merger of Quay and Wend, by contrast, would join two small ports.",
        "The port of Wend, for example, has two cranes.",
    ],
)
def test_what_speaks_of_something_before_naming_it_leans(text: str) -> None:
    assert leans(text)


@pytest.mark.parametrize(
    "text",
    [
        "Osgood, the singer of the nineties, has died, his manager told reporters.",
        "Orlov said in a speech that he would use all the means at hand.",
        "When it comes to taxes, the council of Quay is divided.",
        "The two people who were missing after the flood were found dead on Wednesday.",
        "The first lorries with food crossed the bridge to Hallow.",
        "After three days the ferry company said it would sail again.",
    ],
)
def test_what_names_somebody_first_does_not_lean(text: str) -> None:
    assert not leans(text)


@pytest.mark.parametrize(
    "text",
    [
        "A protest in Wend over the death of a student on September 21.",
        "This illustration shows the probe on its way to the asteroid.",
        "In this photo, a woman carries water through the flooded streets of Wend.",
        "Use the lite site of the Quay Post for low bandwidth.",
        "Queues are seen at a petrol station in Wend February 22, 2011.",
        "Rebels prepare for an attack at a checkpoint southwest of Wend February 27, 2011.",
        "Ada Orlov celebrates with her team after the last goal in Wend.",
        "Ada Orlov, a candidate for mayor in Wend, speaks at a rally in Quay.",
        "President Ada Orlov, left, speaks at the parliament of Wend.",
        "Ada Orlov and Tom Berg of Quay Street Band perform during Day 3 of the fair in Wend.",
        "A woman in Wend cuts her hair before a crowd of protesters on Tuesday.",
    ],
)
def test_what_a_picture_shows_and_what_a_site_offers_is_no_news(text: str) -> None:
    assert not is_telling(text)


def test_a_sentence_between_articles_without_a_regular_verb_is_told() -> None:
    assert is_telling("The council of Quay split over the dam on Monday.")
    assert is_telling("A train hit a lorry at a crossing in Wend.")
    assert is_telling("Ada Orlov spoke at the parliament of Wend on Tuesday about the dam.")
    assert is_telling("Parliament passed a law that would close the mine at Wend.")
    assert not leans("In March, Wend passed a law that would close the mine.")


@pytest.mark.parametrize(
    "before",
    [
        "WEND | Mon Feb 21, 2011 11:52 pm GMT WEND (Reuters) - ",
        "UPDATE 1-Wend oil falls * Bank says so WEND, Feb 28 (Reuters) - ",
        "By the CNN Wire Staff ",
        "By Ada Orlov, CNN ",
    ],
)
def test_a_web_page_s_dateline_and_byline_are_no_news(before: str) -> None:
    news = "The council of Wend resigned on Monday."
    assert before_news(before + news, "Quay Post") == len(before)
    assert bare_title(before + news, "Quay Post") == news


def test_news_by_somebody_is_no_byline() -> None:
    assert before_news("By Monday the council of Wend had resigned.", "Quay Post") == 0


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("The storm flooded the old town of Wend.", "Wend will have power soon"),
        ("Half of Wend was dark hours after the storm shut down the grid.", "Wend without power"),
        ("The group's speaker Ada Orlov said students were drafted.", "Wend drafts students"),
        ("The agency announced on Monday that two more had died.", "Cots kill a dozen babies"),
        ("Rain fell as the explosion shook the harbour, and the company said little.", "Dark day"),
        ("When Farid's friend called, he rode to the university of Wend.", "Students shot at"),
        ("After the scuffle, Orlov and the guard spoke calmly.", "Orlov grabs a phone"),
        ("The chaos grew on Monday as ships left the harbour.", "Wend and the polls"),
        ("The doctor at the clinic called it a rash of the skin.", "Cases rise"),
        ("The court had told the ministry to answer by Friday.", "Mayor could stop the search"),
    ],
)
def test_what_is_spoken_of_as_known_has_to_be_named_before(text: str, before: str) -> None:
    assert lacks_referent(text, before)


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("The storm flooded the old town of Wend.", "Hurricane Ina nears Wend"),
        ("Hurricane Ina weakened before the storm reached Wend.", "Wend waits"),
        ("The agency announced on Monday that two more had died.", "Cot Safety Commission warns"),
        ("The company said it would appeal.", "Quaymart closes ten shops"),
        ("The government of Wend resigned on Monday.", "Talks fail"),
        ("The storm of protest grew in Wend on Monday.", "Talks fail"),
        ("Farid's friend called from the university of Wend.", "Farid tells of shots"),
        ("The parliament in Wend passed a law against dams.", "Dams"),
    ],
)
def test_what_was_named_or_needs_no_name_may_be_spoken_of(text: str, before: str) -> None:
    assert not lacks_referent(text, before)


def test_another_article_s_bank_is_another_bank() -> None:
    text = "The central bank said that three members voted against."
    assert lacks_referent(text, "The National Bank of Wend raises rates", "")
    assert not lacks_referent(text, "", "The National Bank of Wend raises rates")


@pytest.mark.parametrize(
    "text",
    [
        "Rockers are designed to swing gently, thus soothing babies.",
        "Pandemics are often caused by a virus that hasn't circulated in a long time.",
        "Doctors recognize a pandemic as an outbreak that happens in many countries.",
        "Symptoms of seasonal flu include fever, cough and a sore throat.",
    ],
)
def test_what_is_always_so_is_no_news(text: str) -> None:
    assert is_general(text)
    assert not is_telling(text)


@pytest.mark.parametrize(
    "text",
    [
        "Schools are closed and roads are blocked across the island.",
        "Rescuers are searching for survivors under the rubble.",
        "Hospitals in Wend are full.",
        "There are fears that many people have died.",
        "Three people are missing.",
        "Oil prices fall as traders fear a recession after the vote.",
    ],
)
def test_what_is_so_now_is_news(text: str) -> None:
    assert not is_general(text)


@pytest.mark.parametrize(
    "text",
    [
        "Supporters of the president react as they watch the count in Wend.",
        "The minister is pictured delivering her speech at the conference in Wend.",
        "Parents can call 800-230-8190 to report incidents with the cots.",
        "Born in Wend, Orlov moved to Quay at the age of five.",
        "A plane believed to be carrying Orlov arrives at the airport of Wend on July 14.",
        "The mayor of Wend speaks in the market square on Monday, July 14, 2022.",
        "For many in Wend, the stakes couldn’t be higher on Sunday.",
        "The office of the mayor of Wend did not respond to a request for comment.",
        "On second thought, maybe the sea of Wend is too cold.",
        "Bottom line: The bank of Wend is unlikely to waver.",
    ],
)
def test_pictures_service_lives_and_phrases_are_no_news(text: str) -> None:
    assert not is_telling(text)


def test_what_is_told_at_more_length_later_is_told_once() -> None:
    short = "The bank of Wend raised its rate by 0.75 points."
    long = (
        "The bank of Wend raised its rate by 0.75 points on Monday, its largest rise since 1994, "
        "to a range of 1.5 to 1.75 percent."
    )
    for text in (f"{short} {long}", f"{long} {short}"):
        found = told_of(text)
        assert short not in found
        assert long in found


def test_where_no_sentence_says_what_the_article_is_about_nothing_is_told() -> None:
    text = "Some think so and others disagree strongly, observers agree."
    mine = Material.of(1, [passage(text, title="Wend closes its harbour")])
    none = np.zeros(len(mine.sentences), dtype=np.float32)
    assert choose(mine.sentences, vectors(mine), 3, lambda _: False, none, none) == []


def test_a_title_and_a_report_use_other_forms_of_a_word() -> None:
    assert telling_stems("Orlov loses") <= telling_stems("Orlov lost the match in Wend")
    assert telling_stems("Death toll") & telling_stems("Nine were killed")


def test_a_dateline_of_one_place_is_no_part_of_the_sentence() -> None:
    assert before_news("Wend The bank raised its rate.", "Quay Post") == len("Wend ")
    assert before_news("WEND –The House passed the bill.", "Quay Post") == len("WEND –")
    assert before_news("Over The years much has changed in Wend.", "Quay Post") == 0


@pytest.mark.parametrize(
    "text",
    [
        '"You couldn\'t make this up," the trainer Ada Orlov of Wend said on Tuesday.',
        "“It’s always an honour to be on the court with her,” Orlov said.",
        "Orlov of Quay said: “The moment is humbling and historical, and it feels like home.”",
    ],
)
def test_what_somebody_felt_is_no_news(text: str) -> None:
    assert not is_telling(text)


@pytest.mark.parametrize(
    "text",
    [
        "“The bridge will not be opened before the inquiry ends,” the mayor said.",
        "“Nine people died in the flood,” the minister said.",
        "“The commission gives Ukraine candidate status, on one condition,” she told reporters.",
        "Orlov announced that she would “evolve away from tennis” after the open games in Wend.",
    ],
)
def test_what_somebody_announced_or_counted_is_news(text: str) -> None:
    assert is_telling(text)


@pytest.mark.parametrize(
    ("text", "background"),
    [
        ("The penal colonies of Wend are unlike prisons in Quay.", True),
        ("Woonhaven is a small town with a population of about 40,000.", True),
        ("For years, Quaymart has been a leader in shipping.", True),
        ("In 2019 a film came out that told of the friendship.", True),
        ("In 2024 the council has spent more than ever.", False),
        ("The council of Wend resigned on Monday.", False),
        ("The bank will raise its rate.", False),
        ("The park remains closed.", False),
        ("Rescuers are searching the rubble in Wend.", False),
        ("Nine people are missing in Wend.", False),
        ("Several years ago, a fare of 3 euros was the dream of a small club in Wend.", True),
        ("Two days ago, the club in Wend won a fare of 3 euros.", False),
    ],
)
def test_what_is_always_so_or_was_long_ago_is_background(text: str, *, background: bool) -> None:
    assert is_background(text, 2024) is background


def test_what_adds_little_is_not_told_behind_the_first_so_that_the_story_is_shorter() -> None:
    text = (
        "The President of Wend resigned on Friday after crowds stormed the palace. "
        "Wend and Quay are close neighbours. "
        "The sea is warm and the beaches of the south are long."
    )
    mine = Material.of(1, [passage(text, title="President of Wend resigns")])
    titled = np.asarray([0.8, 0.2, 0.0], dtype=np.float32)
    told = choose(mine.sentences, np.eye(3, dtype=np.float32), 3, lambda _: False, titled)
    assert [one.sentence.place for one in told] == [0]


def test_those_travellers_and_what_is_no_exception_stand_behind_what_they_mean() -> None:
    text = "To enter Wend, those travellers have to show a certificate."
    assert lacks_referent(text, "Wend opens its border")
    assert not lacks_referent(text, "Wend lets 300 travellers in")
    assert not lacks_referent("Help is for those travellers who lost a bag.", "")
    for forward in (
        "The law helps those with disabilities, the minister said.",
        "Wend will pay 200 euros to those losing jobs.",
        "Wend moved those in hospitals nearby.",
        "Officials said that these are the worst cuts in Wend.",
    ):
        assert not lacks_referent(forward, "")
    assert leans("Quay is no exception: prices rose by 9 percent.")


def test_a_sentence_after_the_move_needs_the_move() -> None:
    text = "Stocks fell on Monday following the move."
    assert lacks_referent(text, "The bank raised its rate.")
    assert not lacks_referent(text, "The bank's move was no surprise.")
    assert not lacks_referent("Stocks fell following the move of the bank to Quay.", "")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("High prices force Orlova and other owners of small shops to close.", "Orlova"),
        ("Before they closed, Berg emailed a number of firms.", "Berg"),
        ("“It is for our customers,” Orlova said.", "Orlova"),
        ("Critics of Putin met on Friday.", None),
        ("They met in York on Friday.", None),
        ("The troops left for Berg on Monday.", None),
        ("The shop of Ann Orlova closed.", None),
    ],
)
def test_whoever_had_to_be_introduced_is_spoken_of_only_behind_that(
    text: str, name: str | None
) -> None:
    before = (
        "Ann Orlova, owner of a flower shop, says that she will close. State Comptroller Tom Berg "
        "wrote to them. President Vladimir Putin came to New York."
    )
    assert introduced_before(text, before) == name


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_what_leans_stands_behind_what_it_leans_on_also_if_it_tells_more(
    seed: int, most: int
) -> None:
    text = (
        "The storm Orla flooded 40 streets of the port of Karsk on Monday. "
        "It flooded 40 streets of the port of Karsk on Monday and killed 3 people there. "
        "The mayor of Karsk said that 3 people were killed by the storm Orla. "
        "They lived in streets that the storm Orla flooded, and 12 others were hurt there."
    )
    mine = Material.of(1, [passage(text)])
    drawn = np.abs(np.random.default_rng(seed).normal(size=(len(mine.sentences), 3)))
    alike = np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)
    told = [one.sentence for one in choose(mine.sentences, alike, most, lambda _: False)]
    for at, one in enumerate(told):
        assert not leans(one.text) or (at > 0 and told[at - 1].place == one.place - 1)

"""Twenty short reports in English, each with a Ukrainian and a Russian question about it.

All invented, in our own words; hardly a name in them that would be spelled alike.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Report:
    """A report, and who asks for it."""

    text: str
    ukrainian: str
    russian: str


REPORTS = (
    Report(
        "The bridge over the Vela was blown up on Monday night as the garrison withdrew.",
        "Коли зруйнували міст через річку?",
        "Когда был взорван мост через реку?",
    ),
    Report(
        "Both sides exchanged 90 prisoners of war at the northern crossing on Friday.",
        "Скільки полонених повернулося додому під час обміну?",
        "Сколько военнопленных обменяли стороны?",
    ),
    Report(
        "The central bank raised its key rate to 17 percent to slow down prices.",
        "Якою стала облікова ставка центрального банку?",
        "До какого уровня поднята ключевая ставка?",
    ),
    Report(
        "A drone attack set an oil depot on fire; nobody was hurt, the governor said.",
        "Де сталася пожежа після удару безпілотників?",
        "Что загорелось после атаки беспилотников?",
    ),
    Report(
        "Parliament approved the budget for next year; a third goes to defence.",
        "Яку частку бюджету витратять на оборону?",
        "Сколько денег в бюджете выделили на оборону?",
    ),
    Report(
        "Engineers restored electricity to the eastern districts after two days in the dark.",
        "Чи повернули світло у східні райони?",
        "Когда восстановили электроснабжение на востоке?",
    ),
    Report(
        "Three grain ships left the port this week under the new insurance scheme.",
        "Скільки суден із зерном вийшло з порту?",
        "Сколько кораблей с зерном покинуло порт?",
    ),
    Report(
        "The spokesman denied that foreign instructors were training recruits near the border.",
        "Чи навчають новобранців іноземні інструктори?",
        "Что ответили на слухи об иностранных инструкторах?",
    ),
    Report(
        "Schools in the capital will teach online until the air-raid shelters are repaired.",
        "Чому школи перейшли на дистанційне навчання?",
        "Почему школьники учатся из дома?",
    ),
    Report(
        "The minister of agriculture resigned over a scandal with land sales.",
        "Хто з міністрів подав у відставку?",
        "Какой министр ушёл в отставку из-за скандала с землёй?",
    ),
    Report(
        "Inspectors were allowed into the nuclear plant for the first time since spring.",
        "Чи пустили інспекторів на атомну станцію?",
        "Допустили ли проверяющих на атомную электростанцию?",
    ),
    Report(
        "Heavy rain flooded the lower town; four hundred people were moved to gyms.",
        "Скільки людей евакуювали через повінь?",
        "Сколько жителей эвакуировали из-за наводнения?",
    ),
    Report(
        "The general was replaced after the failed attempt to break the siege.",
        "Чому звільнили генерала?",
        "За что сняли командующего?",
    ),
    Report(
        "A court sentenced the former mayor to six years for taking bribes.",
        "До скількох років засудили колишнього мера?",
        "Какой срок получил бывший мэр за взятки?",
    ),
    Report(
        "The alliance promised air-defence missiles, to be delivered before winter.",
        "Яку зброю пообіцяли союзники до зими?",
        "Что пообещали поставить союзники для защиты неба?",
    ),
    Report(
        "Doctors warned of a shortage of insulin in the occupied villages.",
        "Яких ліків бракує в окупованих селах?",
        "Какого лекарства не хватает в сёлах?",
    ),
    Report(
        "Talks on a ceasefire broke down after four hours without a date for another round.",
        "Чим закінчилися перемовини про припинення вогню?",
        "Чем завершились переговоры о перемирии?",
    ),
    Report(
        "Rail workers went on strike over unpaid wages, and no train left the main station.",
        "Чому не ходять потяги?",
        "Из-за чего бастуют железнодорожники?",
    ),
    Report(
        "The museum hid its paintings in a salt mine before the shelling began.",
        "Куди сховали картини з музею?",
        "Где музей спрятал картины от обстрелов?",
    ),
    Report(
        "Turnout in the local elections was the lowest in twenty years, 31 percent.",
        "Якою була явка на місцевих виборах?",
        "Сколько избирателей пришло на местные выборы?",
    ),
)

"""What official_facts.md holds, fact by fact, as triples: the table of test_official_facts.

A key is the number of a row (P1, 8.4); rows and lines without a number are counted or named by
their section (5.03, 2-history). V is read in an official text, V2 in a secondary one; what the
list only infers (I), or has not found, stands below the facts, as what no document states.
"""

from __future__ import annotations

from typing import NamedTuple


class V(NamedTuple):
    """What a document of an official source states, in Turtle."""

    document: str
    triples: str


class V2(NamedTuple):
    """What a document of a secondary source states, in Turtle."""

    document: str
    triples: str


class Sides(NamedTuple):
    """What the sources of a contradiction state, in Turtle, by document."""

    contradiction: str
    statements: dict[str, str]


NEWSLETTER = "newsletter-31-2"
PLAN = "plan-document-2020"
RELEASE = "press-release-2020-05-01"
WP18, WP20, WP21, WP22, WP23, WP25 = (
    f"white-paper-{year}" for year in (2018, 2020, 2021, 2022, 2023, 2025)
)
G20_EN, G20_JA, G20_METI = (f"g20-release-{each}" for each in ("en", "ja", "meti"))
G20_STATEMENT = "g20-statement-text"
INDEX = "newsletter-index"
JIJI = "news-jiji-31541"
JPBM = "news-jpbm-6726"
DEMPA = "news-dempa-times-6145"
PORTAL_2018, PORTAL_G20, PORTAL_JPD3 = (
    f"news-portal-worlds-{each}" for each in ("13026", "20970", "23225")
)

TITLE = 'id:plan a miw:Plan ; skos:prefLabel "総務省海外展開行動計画2020"@ja .'
BOTH = """
    id:plan dcterms:hasPart id:basic-policy .
    id:basic-policy a miw:Policy ; skos:prefLabel "海外展開推進政策の基本的方針"@ja .
"""
CONTENTS = (
    "はじめに（4ページ）",
    "1 日本と世界を取り巻く環境の変化（5ページ）",
    "1 (1) 世界経済における日本の地位低下（5ページ）",
    "1 (2) 世界のインフラ需要増加（6ページ）",
    "1 (3) SDGs達成を目指す動きの加速（8ページ）",
    "1 (4) 国際環境の変化（9ページ）",
    "1 (5) 新型コロナウイルス感染症の拡大に伴う影響（10ページ）",
    "2 基本理念:総務省における海外展開5原則（12ページ）",
    "2 原則1（12ページ）",
    "2 原則2（12ページ）",
    "2 原則3",
)
INFRASTRUCTURE = (
    "ローカル5Gを含む5G日本モデルの導入推進と、"
    "5Gを支える光海底ケーブルなどの質の高いインフラ整備の推進"
)
COVID_19 = (
    "新型コロナウイルス感染症に対応するための日本の技術と経験を活用した国際協力"
    "（通信網整備、ビッグデータ利用、遠隔医療等）"
)
COUNCIL = (
    "「デジタル海外展開官民協議会」（仮称）による連携強化、情報収集、"
    "「世界標準」を見据えた国際機関での合意形成"
)
SHEETS = "「海外展開カルテ（個票）」を国・地域別に作成"
DIGITAL_STRATEGY = (
    "これら新たな原則を具体化すべく、"
    "DFFTを支える5G活用型の産業基盤の展開等外交政策と整合的な「デジタル国際戦略」の推進"
)
TOGETHER = (
    "官民協議会や海外展開データベースの整備などによる「官民一体となった海外展開」の円滑化の環境整備"
)
START_UPS = (
    "技術力かつアイデアを有するスタートアップ等の展開支援によるイノベーションの創出等"
    "に取り組んでいくこととしている"
)
TELEVISION = "project-digital-terrestrial-television"
INDEX_TITLE = "MIC formulated“The MIC World Development ActionPlan 2020”(MIWDAP2020)"
INDEX_CUT = "MIC's Website (ICT Policy Webpage) now Provides ICT-related Informati"
CREDITS = "Please feel free to use articles in this publication, with proper credits."
RENAMED = "情報通信国際戦略局は2017年に国際戦略局に改められた。"
PLAN_2025_PDF = "https://www.soumu.go.jp/main_content/000842643.pdf"


def principle(number: int, name: str) -> str:
    return f"""
        id:plan miw:hasPrinciple id:principle-{number} .
        id:list-five-principles miw:listsMember id:principle-{number} .
        id:principle-{number} a miw:Principle ; skos:prefLabel "{name}"@ja .
    """


def numbered(number: int) -> str:
    return f"id:principle-{number} miw:ordinal {number} ."


def list_of_principles(*more: str) -> str:
    return f"""
        id:plan miw:hasEnumeration id:list-five-principles .
        id:list-five-principles a miw:Enumeration ; miw:enumerates miw:Principle ;
            miw:statedCount 5 ; skos:prefLabel "総務省における海外展開5原則"@ja {" ".join(more)} .
    """


def history(*principles: int, note: str) -> str:
    return "".join(f'id:principle-{each} skos:historyNote "{note}"@ja .\n' for each in principles)


def heading(key: str, name: str) -> str:
    return f"""
        id:list-white-paper-2020-fields miw:listsMember id:{key} .
        id:{key} a miw:Field ; skos:prefLabel "{name}"@ja .
    """


def project(key: str, field: str, *places: str) -> str:
    """Return that the ministry conducts a project, in which field, and in which countries."""
    located = "".join(f" ; miw:inPlace id:place-{place}" for place in places)
    return f"""
        id:project-{key} a miw:Project ; miw:conductedBy id:mic ;
            miw:inField id:field-{field}{located} .
    """


def figure(thing: str, key: str, kind: str, value: str, unit: str, printed: str, more: str) -> str:
    """Return that a thing has a figure, and what the figure is; *more* is its precision and date.

    The value is written in full, as a decimal number.
    """
    return f"""
        id:{thing} miw:statedFigure id:figure-{key} .
        id:figure-{key} a miw:Figure ; miw:figureKind "{kind}" ; schema:value {value} ;
            schema:unitText "{unit}" ; miw:asPrinted "{printed}"@ja ; {more} .
    """


def adoption(country: str, code: str, date: str, type_: str) -> str:
    """Return that a country has taken up the Japanese system of digital television, and when."""
    return f"""
        id:{TELEVISION}-{country} a miw:Project ; miw:inPlace id:place-{code} ;
            miw:broaderInitiative id:{TELEVISION} ; schema:startDate "{date}"^^xsd:{type_} .
    """


def ombudsman(country: str, code: str, date: str, type_: str) -> str:
    """Return that MIC has signed a memorandum on ombudsmen with a country, and when."""
    return f"""
        id:agreement-ombudsman-{country}-{date[:4]} a miw:Agreement ; miw:party id:mic ;
            miw:inPlace id:place-{code} ; miw:signedOn "{date}"^^xsd:{type_} .
    """


FACTS: dict[str, list[V | V2]] = {
    # 1. The plan
    "P1": [V(PLAN, TITLE), V(RELEASE, TITLE), V(WP20, TITLE)],
    "P2": [
        V(
            PLAN,
            """
            id:plan miw:formulatedOn "2020-04-30"^^xsd:date ; miw:formulatedBy id:mic ;
                miw:publishedOn "2020-05"^^xsd:gYearMonth .
            """,
        )
    ],
    "P3": [
        V(
            WP22,
            f"""
            {TITLE}
            id:plan miw:formulatedOn "2020-04-30"^^xsd:date ; miw:formulatedBy id:mic .
            """,
        )
    ],
    "P4": [V(RELEASE, f'id:{RELEASE} miw:publishedOn "2020-05-01"^^xsd:date .')],
    "P5": [V(RELEASE, TITLE + BOTH), V(WP20, TITLE + BOTH)],
    "P6": [V(PLAN, f"id:{PLAN} schema:numberOfPages 63 .")],
    "P7": [
        V(
            PLAN,
            "".join(f'id:{PLAN} dcterms:tableOfContents "{each}"@ja .\n' for each in CONTENTS),
        )
    ],
    "P8": [
        V(
            RELEASE,
            """
            id:list-six-fields a miw:Enumeration ; miw:listsMember id:field-ict,
                id:field-postal-system, id:field-digital-government, id:field-statistics,
                id:field-fire-services, id:field-administrative-counseling .
            id:field-ict a miw:Field ; skos:prefLabel "情報通信"@ja .
            id:field-postal-system a miw:Field ; skos:prefLabel "郵便"@ja .
            id:field-digital-government a miw:Field ; skos:prefLabel "電子政府"@ja .
            id:field-statistics a miw:Field ; skos:prefLabel "統計"@ja .
            id:field-fire-services a miw:Field ; skos:prefLabel "消防"@ja .
            id:field-administrative-counseling a miw:Field ; skos:prefLabel "行政相談制度"@ja .
            """,
        )
    ],
    "P9": [V(WP20, 'id:plan miw:approach "総務大臣主導の下"@ja .')],
    "P10": [
        V2(
            "column-takaichi-1232",
            """
            id:person-takaichi-sanae a foaf:Person ; skos:prefLabel "高市早苗"@ja .
            id:membership-takaichi-sanae-minister a org:Membership ; org:organization id:mic ;
                org:member id:person-takaichi-sanae ; schema:startDate "2019-09-11"^^xsd:date ;
                skos:altLabel "総務大臣"@ja .
            """,
        ),
        V2(
            "results-takaichi",
            """
            id:membership-takaichi-sanae-minister org:organization id:mic ;
                org:member id:person-takaichi-sanae ; schema:endDate "2020-09-16"^^xsd:date ;
                skos:altLabel "総務大臣"@ja .
            """,
        ),
    ],
    "P11": [
        V2(
            "press-conference-2019-11-22",
            """
            id:press-conference-2019-11-22 miw:publishedOn "2019-11-22"^^xsd:date ;
                schema:about id:plan ; prov:wasAttributedTo id:person-takaichi-sanae .
            id:plan skos:historyNote "「海外展開行動計画」の検討開始（令和元年11月22日）"@ja .
            """,
        ),
        V2(
            "column-takaichi-1225",
            """
            id:column-takaichi-1225 schema:about id:plan .
            id:plan skos:historyNote
                "この度、「海外展開行動計画」を策定することにしました"@ja .
            """,
        ),
    ],
    "P12": [
        V(
            RELEASE,
            f"""
            id:plan miw:commitment "{INFRASTRUCTURE}"@ja ;
                miw:commitment "政策資源を総動員し、官民一体となった海外展開の推進"@ja ;
                miw:about id:topic-5g, id:topic-local-5g, id:topic-submarine-cables,
                    id:topic-policy-resources, id:topic-covid-19 .
            """,
        )
    ],
    "P13": [
        V2(JPBM, f'id:plan miw:commitment "{COVID_19}"@ja ; miw:about id:topic-covid-19 .'),
    ],
    "P14": [
        V2(
            JPBM,
            f"""
            id:plan miw:commitment "5Gを起点とした産業基盤の展開"@ja, "{COUNCIL}"@ja,
                "Society5.0実現に資する海外展開向けイノベーションの創出等"@ja, "{SHEETS}"@ja,
                "新型コロナ感染症に対する取り組みのさらなる強化"@ja .
            """,
        )
    ],
    "P15": [V2(JPBM, f'id:plan miw:commitment "{SHEETS}"@ja .')],
    "P16": [
        V(
            WP20,
            figure(
                "policy-infrastructure-export-strategy",
                "infrastructure-export-goal-2020-wp2020",
                *("goal", "30000000000000.0", "JPY", "約30兆円"),
                'miw:precision "about" ; miw:asOf "2020"^^xsd:gYear',
            )
            + """
            id:policy-infrastructure-export-strategy a miw:Policy ;
                skos:prefLabel "インフラシステム輸出戦略"@ja ;
                miw:formulatedBy id:infrastructure-council .
            id:infrastructure-council skos:prefLabel "経協インフラ戦略会議"@ja .
            """,
        )
    ],
    # 2. Five principles
    "2-list": [
        V(PLAN, list_of_principles('; skos:altLabel "基本理念"@ja')),
        V(WP20, list_of_principles()),
        V(WP21, list_of_principles()),
    ],
    "2.1": [
        V(PLAN, principle(1, "SDGsの推進") + numbered(1)),
        V(WP20, principle(1, "SDGsの推進")),
    ],
    "2.2": [
        V(PLAN, principle(2, "グローバル競争力強化") + numbered(2)),
        V(WP20, principle(2, "グローバル競争力強化")),
    ],
    "2.3": [
        V(PLAN, principle(3, "「信頼性のある自由なデータ流通（DFFT）」の推進") + numbered(3)),
        V(WP20, principle(3, "「信頼性のある自由なデータ流通（DFFT）」の推進")),
    ],
    "2.4": [
        V(NEWSLETTER, numbered(4)),
        V(WP20, principle(4, "「自由で開かれたインド太平洋（FOIP）」構想の実現")),
        V(WP21, principle(4, "「自由で開かれたインド太平洋（FOIP）」構想の実現")),
        V2(PORTAL_JPD3, principle(4, "「自由で開かれたインド太平洋（FOIP）」構想の実現")),
    ],
    "2.5": [
        V(NEWSLETTER, numbered(5)),
        V(WP20, principle(5, "政策資源の総動員")),
        V(WP21, principle(5, "政策資源の総動員")),
        V2(PORTAL_JPD3, principle(5, "政策資源の総動員")),
    ],
    "2-history": [
        V(
            document,
            history(1, 2, note="従前から取り組んでいた") + history(3, 4, 5, note="新たな原則"),
        )
        for document in (WP20, WP21)
    ],
    "2-practice": [
        V(
            WP20,
            f"""
            id:plan miw:approach "{DIGITAL_STRATEGY}"@ja, "{TOGETHER}"@ja ;
                miw:commitment "{START_UPS}"@ja .
            id:principle-3 miw:about id:topic-5g-based-industrial-base .
            id:topic-5g-based-industrial-base
                skos:related id:topic-dfft, id:topic-international-digital-strategy .
            """,
        )
    ],
    # 3. Three perspectives
    "3-perspective-3": [
        V(
            WP20,
            """
            id:plan miw:about id:topic-international-digital-strategy .
            id:topic-international-digital-strategy skos:prefLabel "デジタル国際戦略"@ja .
            """,
        )
    ],
    # 4. Fields
    "4.1": [V(WP20, heading("field-digital-infrastructure", "デジタルインフラ"))],
    "4.2": [
        V(WP20, heading("field-digital-utilization", "デジタル技術利活用")),
        V2(
            DEMPA,
            """
            id:list-major-fields miw:listsMember id:field-digital-utilization .
            id:field-digital-utilization skos:altLabel "利活用"@ja .
            """,
        ),
    ],
    "4.3": [
        V(WP20, heading("field-public-service-improvements", "国民サービスの品質向上")),
        V2(
            DEMPA,
            """
            id:list-major-fields miw:listsMember id:field-public-service-improvements .
            id:field-public-service-improvements skos:altLabel "国民サービス向上"@ja .
            """,
        ),
    ],
    "4.4": [V(WP20, heading("field-digital-content", "デジタルコンテンツ"))],
    # 5. Activities in the White Paper 2020
    "5.01": [
        V(
            WP20,
            project("mobile-network-myanmar", "digital-infrastructure", "104")
            + figure(
                "project-mobile-network-myanmar",
                "mobile-subscribers-myanmar-wp2020",
                *("users", "24000000.0", "subscribers", "2,400万"),
                'miw:asOf "2019-09"^^xsd:gYearMonth',
            ),
        )
    ],
    "5.02": [
        V(
            WP20,
            project("submarine-cables-jict", "digital-infrastructure")
            + figure(
                "project-submarine-cables-jict",
                "submarine-cable-cases-jict-wp2020",
                *("cases", "3.0", "cases", "3件"),
                'miw:precision "exact"',
            )
            + figure(
                "project-submarine-cables-jict",
                "submarine-cable-cost-jict-wp2020",
                *("total-cost", "79200000000.0", "JPY", "約792億円"),
                'miw:precision "about"',
            )
            + project("submarine-cable-angola-brazil", "digital-infrastructure", "024", "076")
            + figure(
                "project-submarine-cable-angola-brazil",
                "submarine-cable-loan-angola-brazil-wp2020",
                *("loan", "7000000000.0", "JPY", "70億円"),
                'miw:precision "exact"',
            )
            + """
            id:project-submarine-cables-jict miw:involves id:jict ;
                miw:about id:topic-submarine-cables .
            id:project-submarine-cable-angola-brazil miw:involves id:jbic ;
                miw:about id:topic-submarine-cables .
            id:jict skos:altLabel "JICT"@ja . id:jbic skos:altLabel "JBIC"@ja .
            """,
        )
    ],
    "5.03": [
        V(
            WP20,
            project("digital-terrestrial-television", "digital-infrastructure")
            + figure(
                TELEVISION,
                "digital-terrestrial-television-adopters-wp2020",
                *("adopters", "20.0", "countries", "20か国"),
                'miw:precision "exact"',
            )
            + f"""
            id:{TELEVISION} miw:inRegion id:region-latin-america ;
                skos:note "中南米を中心として、日本を含む20か国が同方式を採用する"@ja .
            """
            + adoption("brazil", "076", "2006-06", "gYearMonth")
            + adoption("peru", "604", "2009-04", "gYearMonth")
            + adoption("chile", "152", "2009-09", "gYearMonth")
            + adoption("el-salvador", "222", "2017", "gYear")
            + adoption("angola", "024", "2019-03", "gYearMonth")
            + adoption("botswana", "072", "2013-02", "gYearMonth"),
        )
    ],
    "5.04": [
        V(
            WP20,
            project("telemedicine-brazil-chile", "digital-utilization", "076", "152")
            + figure(
                "project-telemedicine-brazil-chile",
                "telemedicine-hospitals-wp2020",
                *("users", "100.0", "medical institutions", "計100以上"),
                'miw:precision "at-least"',
            )
            + """
            id:project-telemedicine-brazil-chile
                miw:about id:topic-medical-ict, id:topic-telemedicine .
            """,
        )
    ],
    "5.05": [
        V(
            WP20,
            project("disaster-information-indonesia", "digital-utilization", "360")
            + figure(
                "project-disaster-information-indonesia",
                "disaster-information-grant-indonesia-wp2020",
                *("grant", "2000000000.0", "JPY", "約20億円"),
                'miw:precision "about"',
            )
            + """
            id:project-disaster-information-indonesia
                miw:about id:topic-disaster-management-ict .
            """,
        )
    ],
    "5.06": [
        V(
            WP20,
            """
            id:field-digital-utilization miw:about id:topic-agricultural-ict .
            id:project-agriculture-colombia a miw:Project ; miw:conductedBy id:mic ;
                miw:inField id:field-digital-utilization ;
                miw:inPlace id:place-170 ; miw:about id:topic-agricultural-ict .
            """,
        )
    ],
    "5.07": [
        V(
            WP20,
            project("smart-city-viet-nam", "digital-utilization", "704")
            + """
            id:project-smart-city-viet-nam miw:about id:topic-smart-city ;
                miw:approach "スマートシティのKPIに合わせて評価方法の作成に寄与した"@ja .
            """,
        )
    ],
    "5.08": [
        V(
            WP20,
            project("intelligent-transport-india", "digital-utilization", "356")
            + """
            id:project-intelligent-transport-india schema:startDate "2018"^^xsd:gYear ;
                miw:about id:topic-radio-systems, id:topic-intelligent-transport-systems .
            """,
        )
    ],
    "5.09": [
        V(
            WP20,
            project("ajccbc", "digital-utilization", "764")
            + project("cybersecurity-workshops", "digital-utilization", "840")
            + project("cybersecurity-cooperation-israel", "digital-utilization", "376")
            + """
            id:project-ajccbc miw:about id:topic-cybersecurity ; skos:altLabel "AJCCBC"@en ;
                skos:prefLabel "日ASEANサイバーセキュリティ能力構築センター"@ja ;
                miw:inRegion id:region-asean ; dcterms:spatial id:place-bangkok ;
                schema:startDate "2018-09"^^xsd:gYearMonth .
            id:project-cybersecurity-workshops miw:about id:topic-cybersecurity ;
                miw:inRegion id:region-asean ; miw:involves id:asean .
            id:project-cybersecurity-cooperation-israel miw:about id:topic-cybersecurity ;
                miw:basedOn id:agreement-cybersecurity-israel-2018 .
            id:agreement-cybersecurity-israel-2018 a miw:Agreement ; miw:party id:mic ;
                miw:inPlace id:place-376 ; miw:signedOn "2018"^^xsd:gYear .
            """,
        )
    ],
    "5.10": [
        V(
            WP20,
            project("broadcast-content", "digital-content", "142")
            + figure(
                "project-broadcast-content",
                "broadcast-content-exports-fy2013-wp2020",
                *("export-value", "13780000000.0", "JPY", "137.8億円"),
                'miw:fiscalYear "2013"^^xsd:gYear',
            )
            + figure(
                "project-broadcast-content",
                "broadcast-content-exports-fy2018-wp2020",
                *("export-value", "51940000000.0", "JPY", "519.4億円"),
                'miw:fiscalYear "2018"^^xsd:gYear',
            )
            + "id:project-broadcast-content miw:about id:topic-broadcast-content .",
        )
    ],
    "5.11": [
        V(
            WP20,
            project("e-government-viet-nam", "digital-government", "704")
            + figure(
                "project-e-government-viet-nam",
                "e-government-oda-viet-nam-wp2020",
                *("oda", "500000000.0", "JPY", "5億円"),
                'miw:precision "exact"',
            )
            + project("e-government-denmark", "digital-government", "208")
            + figure(
                "project-e-government-denmark",
                "e-government-cost-denmark-wp2020",
                *("total-cost", "136000000000.0", "JPY", "約1,360億円"),
                'miw:precision "about"',
            )
            + """
            id:project-e-government-denmark miw:involves id:jict .
            id:field-digital-government skos:altLabel "デジタル・ガバメント"@ja ;
                skos:broader id:field-public-service-improvements .
            """,
        )
    ],
    "5.12": [
        V(
            WP20,
            project("online-survey-viet-nam", "statistics", "704")
            + """
            id:project-online-survey-viet-nam
                miw:purpose "2021年の経済センサスに活用するため"@ja ;
                skos:note "日本発のオンライン調査システムが導入され、運用準備段階にある"@ja .
            id:field-statistics skos:broader id:field-public-service-improvements .
            """,
        ),
        V(
            "embassy-viet-nam-statistics",
            """
            id:agreement-statistics-viet-nam a miw:Agreement ; miw:party id:mic ;
                miw:inPlace id:place-704 ; dcterms:subject id:field-statistics ;
                skos:note "8月7日に署名"@ja .
            """,
        ),
    ],
    "5.13": [
        V(
            WP20,
            project("fire-services-viet-nam", "fire-services", "704")
            + project("fire-equipment-certification-uae", "fire-services", "784")
            + """
            id:project-fire-services-viet-nam
                dcterms:relation id:agreement-fire-services-viet-nam-2018 ; miw:approach
                "消防用機器等の規格・認証制度の研修の実施に向けた調整を行う"@ja .
            id:agreement-fire-services-viet-nam-2018 a miw:Agreement ; miw:party id:mic ;
                miw:inPlace id:place-704 ; dcterms:subject id:field-fire-services .
            id:project-fire-equipment-certification-uae miw:involves
                id:fire-equipment-inspection-institute, id:fire-equipment-safety-center .
            id:field-fire-services skos:broader id:field-public-service-improvements .
            """,
        ),
        V(
            "fire-white-paper-2024",
            """
            id:agreement-fire-services-viet-nam-2018 a miw:Agreement ;
                miw:inPlace id:place-704 ; miw:signedOn "2018-10-08"^^xsd:date .
            """,
        ),
    ],
    "5.14": [
        V(
            WP20,
            project("postal-russia", "postal-system", "643")
            + project("postal-viet-nam", "postal-system", "704")
            + project("postal-cooperation", "postal-system", "104", "764", "356", "860")
            + """
            id:project-postal-russia miw:involves id:russian-post ;
                miw:about id:topic-e-commerce ; skos:note
                "日本企業がロシア郵便の国際交換局向けの郵便区分機等を受注している"@ja .
            id:project-postal-viet-nam skos:note "日本企業が郵便区分機等を受注し"@ja .
            id:field-postal-system skos:broader id:field-public-service-improvements .
            """,
        )
    ],
    "5.15": [
        V(
            WP20,
            project("ombudsman-cooperation", "administrative-counseling")
            + project("ombudsman-training-viet-nam", "administrative-counseling", "704")
            + figure(
                "project-ombudsman-training-viet-nam",
                "ombudsman-trainees-viet-nam-wp2020",
                *("trainees", "270.0", "trainees", "計約270人"),
                'miw:precision "about" ; skos:note "直近7年で計約270人"@ja',
            )
            + """
            id:project-ombudsman-training-viet-nam
                miw:broaderInitiative id:project-ombudsman-cooperation .
            id:field-administrative-counseling skos:broader id:field-public-service-improvements .
            """,
        )
    ],
    # 6. COVID-19 and G20
    "G1": [
        V(
            G20_JA,
            """
            id:meeting-g20-2020-04-30 a miw:Meeting ;
                skos:prefLabel "G20デジタル経済大臣臨時会合"@ja ;
                schema:eventAttendanceMode schema:OnlineEventAttendanceMode .
            """,
        )
    ],
    "G2": [
        V(
            G20_EN,
            """
            id:meeting-g20-2020-04-30 miw:heldOn "2020-04-30"^^xsd:date ;
                schema:eventAttendanceMode schema:OnlineEventAttendanceMode .
            """,
        ),
        V2(
            G20_METI,
            """
            id:meeting-g20-2020-04-30 miw:heldOn "2020-04-30"^^xsd:date ;
                skos:note "4月30日（木曜日）夜"@ja .
            """,
        ),
    ],
    "G3": [
        V(
            G20_EN,
            """
            id:meeting-g20-2020-04-30 miw:presidency id:place-682 ; skos:note
                "proposed and chaired by Saudi Arabia, which held the G20 presidency"@en .
            """,
        )
    ],
    "G4": [
        V(
            G20_EN,
            """
            id:meeting-g20-2020-04-30
                prov:wasAssociatedWith id:mic, id:person-terada-minoru .
            id:person-terada-minoru a foaf:Person ; skos:prefLabel "TERADA Minoru"@en .
            id:membership-terada-minoru-state-minister a org:Membership ; org:organization id:mic ;
                org:member id:person-terada-minoru ; skos:altLabel "State Minister"@en .
            """,
        ),
        V2(
            G20_METI,
            """
            id:meeting-g20-2020-04-30
                prov:wasAssociatedWith id:meti, id:person-makihara-hideki .
            id:person-makihara-hideki a foaf:Person ; skos:prefLabel "牧原秀樹"@ja .
            id:membership-makihara-hideki-state-minister a org:Membership ;
                org:organization id:meti ; org:member id:person-makihara-hideki ;
                skos:altLabel "経済産業副大臣"@ja .
            """,
        ),
    ],
    "G5": [
        V(
            G20_EN,
            """
            id:meeting-g20-2020-04-30 prov:wasAssociatedWith id:g20, id:itu, id:oecd ;
                miw:participant id:place-400, id:place-646, id:place-702, id:place-724,
                    id:place-756, id:place-784, id:place-704 ;
                skos:note "Indonesia was absent"@en .
            """,
        )
    ],
    "G6": [
        V(
            G20_EN,
            """
            id:ministerial-statement-2020-04-30 a miw:MinisterialStatement ;
                skos:altLabel "ministerial statement"@en ;
                miw:issuedAt id:meeting-g20-2020-04-30 .
            """,
        ),
        V2(
            G20_STATEMENT,
            """
            id:ministerial-statement-2020-04-30 a miw:MinisterialStatement ;
                dcterms:title "COVID-19 Response Statement"@en .
            """,
        ),
    ],
    "G7": [
        V2(
            G20_STATEMENT,
            f"""
            id:{G20_STATEMENT} dcterms:tableOfContents
                "1. Communication infrastructure and network connectivity"@en,
                "2. Exchange of data in a secure manner"@en .
            """,
        )
    ],
    "G8": [
        V(
            G20_EN,
            """
            id:meeting-g20-2020-04-30 prov:wasAssociatedWith id:mic ; skos:note
                "MIC's point: data use with secrecy of communication, privacy and security"@en,
                "MIC's point: telework and distance learning with security and broadband"@en .
            """,
        ),
        V2(
            PORTAL_G20,
            """
            id:meeting-g20-2020-04-30 prov:wasAssociatedWith id:mic ;
                skos:note "総務省が述べた点：偽情報への対処"@ja .
            """,
        ),
    ],
    "G9": [
        V(
            WP21,
            """
            id:project-connect2recover a miw:Project ; skos:prefLabel "Connect2Recover"@en ;
                miw:conductedBy id:mic ; miw:involves id:itu ; miw:inPlace id:place-002 ;
                schema:startDate "2020"^^xsd:gYear ; miw:respondsTo id:topic-covid-19 .
            """,
        )
    ],
    "G10": [
        V(
            WP20,
            """
            id:topic-haps a miw:Topic ; skos:prefLabel "HAPS"@ja ; skos:definition
                "成層圏などの高高度を飛行する無人航空機等で、基地局の機能をもつもの"@ja .
            """,
        )
    ],
    # 7. The newsletter
    "N1": [
        V(
            INDEX,
            f"""
            id:newsletter-31 a schema:PublicationVolume ; schema:volumeNumber "31" ;
                schema:datePublished "2020"^^xsd:gYear ; schema:isPartOf id:newsletter ;
                dcterms:tableOfContents "{INDEX_TITLE}"@en .
            id:newsletter-31-2-article schema:about id:plan .
            """,
        )
    ],
    "N2": [
        V(
            INDEX,
            f"""
            id:newsletter-31 dcterms:tableOfContents "{INDEX_CUT}"@en ;
                skos:note "items on demonstrations of local 5G and on JPQR"@en .
            """,
        )
    ],
    "N4": [
        V(
            "press-release-2020-08-05",
            """
            id:international-policy-division org:unitOf id:global-strategy-bureau ;
                skos:prefLabel "International Policy Division"@en ;
                vcard:hasTelephone <tel:+81-3-5253-5920>, <tel:+81-3-5253-5924> .
            id:global-strategy-bureau org:unitOf id:mic ;
                skos:prefLabel "Global Strategy Bureau"@en .
            <tel:+81-3-5253-5920> a vcard:Voice . <tel:+81-3-5253-5924> a vcard:Fax .
            """,
        )
    ],
    "N5": [
        V(
            "newsletter-2006",
            f"""
            id:newsletter a schema:Periodical ; skos:altLabel "MIC Communications News"@en .
            id:newsletter-2006 schema:isPartOf id:newsletter ; dcterms:rights "{CREDITS}"@en .
            """,
        )
    ],
    "N6": [V2("column-takaichi-1232", f'id:mic skos:historyNote "{RENAMED}"@ja .')],
    # 8. Neighbouring documents and bodies
    "8.1": [
        V(
            WP18,
            """
            id:plan-2018 a miw:Plan ; skos:prefLabel "総務省海外展開戦略"@ja ;
                miw:formulatedOn "2018-02"^^xsd:gYearMonth .
            """,
        ),
        V(
            "overseas-policy-page",
            """
            id:plan-2018 a miw:Plan ; skos:prefLabel "総務省海外展開戦略"@ja ;
                skos:altLabel "世界に貢献する総務省アクションプラン"@ja .
            """,
        ),
    ],
    "8.2": [
        V(
            WP21,
            """
            id:plan dcterms:replaces id:plan-2018 ;
                miw:formulatedOn "2020-04"^^xsd:gYearMonth .
            """,
        )
    ],
    "8.3": [
        V2(
            PORTAL_2018,
            """
            id:plan-2018 miw:formulatedBy id:overseas-promotion-meeting .
            id:overseas-promotion-meeting a org:Organization ;
                skos:prefLabel "海外展開推進会合"@ja ; schema:startDate "2017"^^xsd:gYear ;
                skos:note
                "consists of the minister, the vice-ministers and all directors-general"@en .
            """,
        )
    ],
    "8.4": [
        V(
            "bilateral-cooperation-page",
            ombudsman("viet-nam", "704", "2013", "gYear")
            + ombudsman("iran", "364", "2016-11", "gYearMonth")
            + ombudsman("uzbekistan", "860", "2017-11", "gYearMonth")
            + ombudsman("thailand", "764", "2018-11", "gYearMonth"),
        )
    ],
    "8.5": [
        V(
            WP23,
            f"""
            id:plan-2025 a miw:Plan ; skos:prefLabel "総務省海外展開行動計画2025"@ja ;
                miw:formulatedOn "2022-07-21"^^xsd:date ; miw:formulatedBy id:mic .
            id:plan-document-2025 schema:about id:plan-2025 ; foaf:page <{PLAN_2025_PDF}> .
            """,
        ),
        V2(
            DEMPA,
            """
            id:plan-2025 dcterms:replaces id:plan ;
                miw:hasEnumeration id:list-ten-priority-fields .
            id:list-ten-priority-fields a miw:Enumeration ; miw:enumerates miw:Field ;
                miw:statedCount 10 ; skos:prefLabel "10の重点分野"@ja .
            """,
        ),
    ],
    "8.6": [
        V(
            WP25,
            """
            id:policy-digital-strategy-2030 miw:formulatedOn "2025-06"^^xsd:gYearMonth ;
                miw:formulatedBy id:mic ; skos:prefLabel "デジタル海外展開総合戦略2030"@ja .
            """,
        )
    ],
    "8.7": [
        V(
            WP21,
            """
            id:policy-infrastructure-strategy-2025 a miw:Policy ;
                skos:prefLabel "インフラシステム海外展開戦略2025"@ja ;
                dcterms:replaces id:policy-infrastructure-export-strategy .
            id:policy-infrastructure-export-strategy
                skos:prefLabel "インフラシステム輸出戦略"@ja .
            """
            + figure(
                "policy-infrastructure-strategy-2025",
                "infrastructure-export-goal-2025-wp2021",
                *("goal", "34000000000000.0", "JPY", "34兆円"),
                'miw:asOf "2025"^^xsd:gYear',
            ),
        ),
        V(
            WP22,
            """
            id:policy-infrastructure-strategy-2025 a miw:Policy ;
                skos:prefLabel "インフラシステム海外展開戦略2025"@ja ;
                miw:formulatedOn "2020-12-10"^^xsd:date .
            """,
        ),
    ],
    "8.8": [
        V(
            WP22,
            """
            id:jpd3 a org:Organization ; prov:wasAttributedTo id:mic ;
                skos:prefLabel "デジタル海外展開プラットフォーム"@ja ;
                schema:startDate "2021-02"^^xsd:gYearMonth ; skos:note "総務省主導で"@ja ;
                miw:purpose "日本のICT海外展開を支援するための官民連携の枠組み"@ja .
            """,
        ),
        V2(
            PORTAL_JPD3,
            """
            id:jpd3 skos:altLabel "JPD3"@en ; miw:basedOn id:plan ;
                skos:prefLabel "Japan Platform for Driving Digital Development"@en .
            """,
        ),
    ],
    "8.10": [
        V(
            WP20,
            """
            id:jict schema:startDate "2015-11-25"^^xsd:date ;
                skos:prefLabel "株式会社海外通信・放送・郵便事業支援機構"@ja ;
                skos:altLabel "JICT"@ja ; skos:note "平成27年法律第35号"@ja .
            """,
        )
    ],
}

# 9. Contradictions and traps

CONTRADICTIONS = {
    "9.1": Sides(
        "contradiction-one-step-or-two",
        {
            NEWSLETTER: """
                id:basic-policy miw:formulatedOn "2020-04-30"^^xsd:date .
                id:plan skos:historyNote
                    "Then MIC made its Action Plan of support for development 2020"@en .
            """,
            RELEASE: BOTH,
            WP20: BOTH,
            PLAN: 'id:plan miw:formulatedOn "2020-04-30"^^xsd:date .',
        },
    ),
    "9.2": Sides(
        "contradiction-30-april-or-1-may",
        {
            PLAN: """
                id:plan miw:formulatedOn "2020-04-30"^^xsd:date ;
                    miw:publishedOn "2020-05"^^xsd:gYearMonth .
            """,
            RELEASE: 'id:plan miw:publishedOn "2020-05-01"^^xsd:date .',
        },
    ),
    "9.3": Sides(
        "contradiction-order-of-events",
        {
            NEWSLETTER: "id:measure-1 miw:basedOn id:ministerial-statement-2020-04-30 .",
            PLAN: """
                id:plan miw:formulatedOn "2020-04-30"^^xsd:date ; miw:about id:topic-covid-19 .
            """,
            G20_METI: 'id:meeting-g20-2020-04-30 skos:note "4月30日（木曜日）夜"@ja .',
            JIJI: """
                id:ministerial-statement-2020-04-30 miw:publishedOn "2020-05-01"^^xsd:date ;
                    skos:note "日本時間の5月1日未明に公表"@ja .
            """,
        },
    ),
    "9.4": Sides(
        "contradiction-foip-strategy-or-vision",
        {
            NEWSLETTER: """
                id:principle-4 skos:prefLabel
                    "Realization of the Free and Open Indo-Pacific (FOIP) Strategy"@en .
            """,
            WP20: principle(4, "「自由で開かれたインド太平洋（FOIP）」構想の実現"),
        },
    ),
    "9.5": Sides(
        "contradiction-acronym",
        {
            NEWSLETTER: """
                id:plan skos:altLabel "MIWDAP2020"@en ; skos:note
                    "The <u>MIC W</u>orld <u>D</u>evelopment <u>A</u>ction <u>P</u>lan 2020"@en .
            """,
        },
    ),
    "9.6": Sides(
        "contradiction-fields",
        {
            NEWSLETTER: """
                id:list-major-fields miw:isOpen true ; miw:listsMember
                    id:field-digital-infrastructure, id:field-digital-utilization,
                    id:field-public-service-improvements .
            """,
            RELEASE: "id:list-six-fields miw:listsMember id:field-digital-government .",
            WP20: """
                id:list-white-paper-2020-fields miw:listsMember id:field-digital-content .
                id:list-policy-fields-2018 miw:listsMember id:field-local-autonomy .
            """,
        },
    ),
    "9.7": Sides(
        "contradiction-name-of-the-statement",
        {
            NEWSLETTER: """
                id:ministerial-statement-2020-04-30
                    skos:prefLabel "urgent ministerial statement"@en .
            """,
            G20_STATEMENT: """
                id:ministerial-statement-2020-04-30
                    dcterms:title "COVID-19 Response Statement"@en .
            """,
            G20_EN: """
                id:ministerial-statement-2020-04-30 skos:altLabel "ministerial statement"@en .
            """,
        },
    ),
    "9.8": Sides(
        "contradiction-ombudsman-iran-or-turkey",
        {
            WP21: "id:agreement-ombudsman-turkey miw:inPlace id:place-792 .",
            WP22: "id:agreement-ombudsman-turkey miw:inPlace id:place-792 .",
            WP23: "id:agreement-ombudsman-iran-2016 miw:inPlace id:place-364 .",
            "bilateral-cooperation-page": ombudsman("iran", "364", "2016-11", "gYearMonth"),
        },
    ),
    "9.9": Sides(
        "contradiction-english-titles",
        {
            NEWSLETTER: """
                id:plan skos:prefLabel "The MIC World Development Action Plan 2020"@en ;
                    skos:altLabel "Action Plan of support for development 2020"@en .
            """,
            RELEASE: TITLE,
        },
    ),
}

# What is inferred (I) or not found


def between(one: str, other: str) -> list[str]:
    return [f"id:{one} ?any id:{other}", f"id:{other} ?any id:{one}"]


def anything_of(key: str) -> list[str]:
    return [f"id:{key} ?any ?thing", f"?thing ?any id:{key}"]


def japanese_of(key: str) -> str:
    return f'id:{key} ?any ?words FILTER (lang(?words) = "ja")'


def words_of(key: str, words: str) -> str:
    return f'id:{key} ?any ?words FILTER (isLiteral(?words) && contains(str(?words), "{words}"))'


ANYWHERE = "anywhere"
"""Stands for all documents."""

# By key and document: patterns, in SPARQL, that match nothing of what the document states.
NOT_STATED: dict[str, dict[str, list[str]]] = {
    "P15": {JPBM: anything_of("list-twenty-projects")},
    "3-perspective-2": {ANYWHERE: [japanese_of("perspective-2")]},
    "3-perspective-3": {
        ANYWHERE: [japanese_of("perspective-3")],
        WP20: anything_of("perspective-3"),
        WP21: anything_of("perspective-3"),
    },
    "4.4": {
        ANYWHERE: [
            "id:list-major-fields miw:listsMember id:field-digital-content",
            *between("list-twenty-projects", "field-digital-content"),
            *between("plan", "field-digital-content"),
        ]
    },
    "5.12": {ANYWHERE: ["id:agreement-statistics-viet-nam miw:signedOn ?date"]},
    "G7": {G20_STATEMENT: [*anything_of("measure-1"), *anything_of("measure-2")]},
    "G9": {ANYWHERE: between("measure-1b", "project-connect2recover")},
    "G10": {
        ANYWHERE: [
            *between("topic-haps", "topic-stratospheric-platform"),
            *between("topic-haps", "measure-1a"),
        ]
    },
    "N3": {INDEX: anything_of("newsletter-31-2")},
    "N6": {ANYWHERE: [japanese_of("global-strategy-bureau")]},
    "N7": {
        ANYWHERE: [
            "id:newsletter-31-2 foaf:page ?page",
            "id:newsletter-31-2-article foaf:page ?page",
        ]
    },
    "8.9": {ANYWHERE: [words_of("jpd3", "協議会")]},
    "9.9": {ANYWHERE: [words_of("plan", "Overseas Expansion")]},
    "10": {
        ANYWHERE: [
            "id:list-twenty-projects miw:listsMember ?project",
            *(japanese_of(f"measure-{each}") for each in ("1", "1a", "1b", "2", "3", "3a", "3b")),
            japanese_of("perspective-1"),
            "id:plan foaf:page ?page",
            "id:plan-2018 miw:formulatedOn ?day FILTER (datatype(?day) = xsd:date)",
            japanese_of("international-policy-division"),
        ]
    },
}

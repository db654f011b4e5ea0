"""A hand-made case with everything that a report may have to show. All people, companies, numbers are invented."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

from dunproof.facts.casefile import (
    CaseFile,
    ClauseText,
    Evidence,
    ExhibitEntry,
    KindCoverage,
    Missing,
    PackInfo,
    Param,
    ProblemEntry,
    Row,
    RuleText,
    Run,
    Settings,
    Subject,
    Table,
    VerdictEntry,
)

BYSTANDER = "林曉彤"
BYSTANDER_LATIN = "Ann Example"
MOBILE = "13800000000"
SPACED = "+86 139 0000 0001"
LANDLINE = "0755-00001234"
PORT = "1069000012345"
IDENTITY = "110101199001010000"
CARD = "6222000011112222"
MAIL = "someone.private@example.com"
OVERRIDE = "\u202e"
EVIL = "<script>alert(1)</script>\"'&{{ 7*7 }}"


def t3(hans: str, hant: str, en: str) -> dict[str, str]:
    return {"zh-Hans": hans, "zh-Hant": hant, "en": en}


def sha(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


APK, POLICY, PHONE, PHONE2, LOCKED, PART = (
    sha(n)[:16] for n in ("app.apk", "policy.html", "sms.xml", "phone2", "locked", "part")
)

EXHIBITS = [
    ExhibitEntry(
        exhibit=APK,
        name="沙洲速借_3.2.1.apk",
        sha256=sha("app.apk"),
        size_bytes=48_211_034,
        format="apk",
        observed_day="2026-03-20",
        status="read",
        coverage=[
            KindCoverage(looked_for="permission", status="read", count=41),
            KindCoverage(looked_for="sensitive_read", status="read", count=9),
            KindCoverage(looked_for="sdk", status="read", count=17),
            KindCoverage(looked_for="component", status="read", count=212),
        ],
    ),
    ExhibitEntry(
        exhibit=POLICY,
        name="assets/agreement/privacy.html",
        sha256=sha("policy.html"),
        size_bytes=92_330,
        format="html",
        encoding="utf-8",
        parent=APK,
        observed_day="2026-03-20",
        status="read",
        coverage=[
            KindCoverage(looked_for="collected_item", status="read", count=64),
            KindCoverage(looked_for="recipient", status="read", count=58),
            KindCoverage(looked_for="promise", status="read", count=2),
        ],
    ),
    ExhibitEntry(
        exhibit=PHONE,
        name=f"sms-{MOBILE}.xml",
        sha256=sha("sms.xml"),
        size_bytes=1_204_881,
        format="sbr-xml",
        encoding="utf-8",
        holder="王一二",
        holder_role="contact",
        status="read",
        coverage=[
            KindCoverage(
                looked_for="sighting", status="read", count=318, first_day="2026-01-03", last_day="2026-03-22"
            ),
            KindCoverage(
                looked_for="communication", status="read", count=301, first_day="2026-01-03", last_day="2026-03-22"
            ),
            KindCoverage(looked_for="act", status="read", count=74),
        ],
    ),
    ExhibitEntry(
        exhibit=PHONE2,
        name="手機備份/訊息.xml",
        sha256=sha("phone2"),
        size_bytes=88_120,
        format="sbr-xml",
        encoding="utf-8",
        holder="陳三四",
        holder_role="emergency_contact",
        status="partly",
        coverage=[
            KindCoverage(
                looked_for="sighting",
                status="partly",
                reason="xml-truncated",
                count=40,
                first_day="2026-02-11",
                last_day="2026-03-02",
            ),
        ],
        problems=[
            ProblemEntry(
                code="xml-truncated",
                detail="匯出檔在第 41 則訊息中斷，其後沒有內容。",
                loc="record=sms:40",
                hint="用備份程式重新匯出，並等到顯示完成。",
            ),
        ],
    ),
    ExhibitEntry(
        exhibit=LOCKED,
        name="借款合同.pdf",
        sha256=sha("locked"),
        size_bytes=402_113,
        format="pdf",
        status="unread",
        coverage=[KindCoverage(looked_for="term", status="unread", reason="pdf-encrypted")],
        problems=[
            ProblemEntry(
                code="pdf-encrypted",
                detail="The PDF is locked with a password.",
                hint="Save a copy without password and add it.",
            )
        ],
    ),
    ExhibitEntry(
        exhibit=PART,
        name="photo" + OVERRIDE + "gpj.exe",
        sha256=sha("part"),
        size_bytes=0,
        format="",
        status="unread",
        problems=[ProblemEntry(code="empty-file", detail="The file has no bytes.")],
    ),
]

CLAUSES = [
    ClauseText(
        id="CN-CC-1033-1",
        norm="CN-CC",
        norm_title=t3("中华人民共和国民法典", "中華人民共和國民法典", "Civil Code"),
        article="第一千零三十三条",
        force="L",
        level="A1",
        effective="2021-01-01",
        until=None,
        words="除法律另有规定或者权利人明确同意外，任何组织或者个人不得实施下列行为：\n（一）以电话、短信、即时通讯工具、电子邮件、传单等方式侵扰他人的私人生活安宁；",
        attribution={},
        caveat="No number of calls. A debtor's own creditor calling the debtor is not per se 侵扰.",
    ),
    ClauseText(
        id="CN-PIPL-6",
        norm="CN-PIPL",
        norm_title=t3(
            "中华人民共和国个人信息保护法", "中華人民共和國個人信息保護法", "Personal Information Protection Law"
        ),
        article="第六条",
        force="L",
        level="A1",
        effective="2021-11-01",
        until=None,
        words="处理个人信息应当具有明确、合理的目的，并应当与处理目的直接相关，采取对个人权益影响最小的方式。\n收集个人信息，应当限于实现处理目的的最小范围，不得过度收集个人信息。",
        attribution={},
        caveat="Sets no number; how many contacts are enough is not said.",
    ),
    ClauseText(
        id="CN-CSL-2016-41",
        norm="CN-CSL-2016",
        norm_title=t3(
            "中华人民共和国网络安全法（2016年）", "中華人民共和國網絡安全法（2016年）", "Cybersecurity Law (2016 text)"
        ),
        article="第四十一条",
        force="L",
        level="A2",
        effective="2017-06-01",
        until="2025-12-31",
        words="网络运营者收集、使用个人信息，应当遵循合法、正当、必要的原则。",
        attribution=t3("只见过该文本的一部分", "只見過該文本的一部分", "part of the text seen"),
    ),
    ClauseText(
        id="CN-MLC-2024-37-5",
        norm="CN-MLC-2024",
        norm_title=t3(
            "小额贷款公司监督管理暂行办法",
            "小額貸款公司監督管理暫行辦法",
            "Interim Measures for the Supervision of Microloan Companies",
        ),
        article="第三十七条（五）",
        force="M",
        level="A3",
        effective="2024-12-31",
        until=None,
        words="向无关第三人催收债务",
        attribution=t3(
            "据某网页 2025-02-04 列出的条文",
            "據某網頁 2025-02-04 列出的條文",
            "as reported by a web page of 2025-02-04",
        ),
    ),
    ClauseText(
        id="CN-GBT-45251-stop",
        norm="CN-GBT-45251",
        norm_title=t3(
            "个人网络消费信贷贷后催收风控指引 GB/T 45251—2025",
            "個人網絡消費信貸貸後催收風控指引 GB/T 45251—2025",
            "Guide on post-loan collection, GB/T 45251—2025",
        ),
        article="5.3",
        force="S",
        level="A4",
        effective="2025-02-28",
        until=None,
        words="联系人明确拒绝催收人员的请求或要求催收人员不得再联系的,催收人员不应再与其联系。",
        attribution=t3(
            "据 2025 年 3 月的新闻报道；推荐性国家标准",
            "據 2025 年 3 月的新聞報導；推薦性國家標準",
            "as reported by the press, March 2025; recommended national standard",
        ),
    ),
    ClauseText(
        id="CN-CCB-2011-68",
        norm="CN-CCB-2011",
        norm_title=t3(
            "商业银行信用卡业务监督管理办法",
            "商業銀行信用卡業務監督管理辦法",
            "Measures for the Credit Card Business of Commercial Banks",
        ),
        article="第六十八条",
        force="M",
        level="A5",
        effective="2011-01-13",
        until=None,
        words="",
        attribution={},
    ),
]


def rule(rule_id: str, title: dict[str, str], message: dict[str, str], clauses: list[str], **more: object) -> RuleText:
    base: dict[str, object] = {
        "id": rule_id,
        "pack": "cn",
        "revision": 1,
        "status": "stable",
        "per": "person",
        "title": title,
        "message": message,
        "clauses": clauses,
        "limits": t3(
            "看不出号码背后是谁，也看不出此人是否登记过为联系人。一部手机的计数是下限。",
            "看不出號碼背後是誰，也看不出此人是否登記過為聯絡人。一部手機的數目是下限。",
            "It does not show who is behind a number, nor whether this person was registered as a contact. A count from one phone is a lower bound.",
        ),
        "explain": t3(
            "看的是：表示拒绝之后，同一放贷方或有依据相连的号码是否再次联系。\n答复方式：放贷方可以提供当日的通话录音或同意记录。",
            "看的是：表示拒絕之後，同一貸款方或有依據相連的號碼是否再次聯絡。\n回應方式：貸款方可以提供當日的通話錄音或同意記錄。",
            "It looks for contacts after an objection, from the same lender or from a number tied to it by a named fact.\nHow to answer: the lender may show a recording or a consent of that day.",
        ),
        "needs": ["communication", "objection"],
    }
    return RuleText(**{**base, **more})  # type: ignore[arg-type]


RULES = [
    rule(
        "cn-phone-0007",
        t3("表示拒绝之后仍被联系", "表示拒絕之後仍被聯絡", "Contacted again after saying stop"),
        t3(
            "{person}于 {objection_day} 表示拒绝（{form}），{day} {local_minute} 又收到来自 {number} 的{channel}。",
            "{person}於 {objection_day} 表示拒絕（{form}），{day} {local_minute} 又收到來自 {number} 的{channel}。",
            "{person} objected on {objection_day} ({form}); on {day} at {local_minute} came a {channel} from {number}.",
        ),
        ["CN-CC-1033-1", "CN-GBT-45251-stop"],
        revision=3,
    ),
    rule(
        "cn-app-0002",
        t3("读取整个通讯录", "讀取整個通訊錄", "The whole address book is read"),
        t3(
            "应用代码在 {caller} 处读取{category}（范围：{scope}），不在网络借贷类必要信息之列。",
            "應用程式在 {caller} 處讀取{category}（範圍：{scope}），不在網絡借貸類必要資料之列。",
            "Code of the app reads the {category} (scope: {scope}) at {caller}; that is not among the necessary items for online lending.",
        ),
        ["CN-PIPL-6", "CN-CSL-2016-41"],
        per="app",
        needs=["sensitive_read", "app"],
        limits=t3(
            "代码能走到这一步，不等于这些信息离开过手机。看不出有多少人因此受影响。",
            "程式碼能走到這一步，不等於這些資料離開過手機。看不出有多少人因此受影響。",
            "That code gets this far does not show that the data left the phone, nor how many people it touched.",
        ),
    ),
    rule(
        "cn-phone-0031",
        t3("一小时内密集联系", "一小時內密集聯絡", "Many contacts within an hour"),
        t3(
            "{day} 一小时内至少联系 {n} 次，来自 {numbers} 个号码；欠款写作 {amount_fen}。",
            "{day} 一小時內至少聯絡 {n} 次，來自 {numbers} 個號碼；欠款寫作 {amount_fen}。",
            "{day}: at least {n} contacts within an hour from {numbers} numbers; the sum is given as {amount_fen}.",
        ),
        ["CN-CC-1033-1", "CN-CCB-2011-68"],
        status="preview",
        params=[
            Param(name="contacts_in_window", value="10", unit="", basis="ours", note=""),
            Param(name="window", value="60", unit="min", basis="ours", note=""),
        ],
        at_most=t3(
            "没有见到规定次数的条文，因此这项发现到“偏离”为止。",
            "沒有見到規定次數的條文，因此這項發現到「偏離」為止。",
            "No clause seen sets a number of contacts, so this finding stops at “departs from”.",
        ),
    ),
    rule(
        "cn-phone-0012",
        t3("向不欠债的人催收", "向不欠債的人催收", "Collecting from a person who does not owe"),
        t3(
            "{day} 要求{person}（{role}）还款或转告。",
            "{day} 要求{person}（{role}）還款或轉告。",
            "{day}: {person} ({role}) was asked to pay or to pass it on.",
        ),
        ["CN-MLC-2024-37-5"],
    ),
    rule(
        "cn-consent-0004",
        t3("一次勾选多份协议", "一次勾選多份協議", "One tick for several agreements"),
        t3(
            "一次勾选对应 {documents_behind} 份文件。",
            "一次勾選對應 {documents_behind} 份文件。",
            "One tick stands for {documents_behind} documents.",
        ),
        ["CN-PIPL-6"],
        per="document",
        needs=["consent_point"],
    ),
    rule(
        "cn-phone-0020",
        t3("夜间联系", "夜間聯絡", "Contacts at night"),
        t3("{day} {local_minute} 联系。", "{day} {local_minute} 聯絡。", "A contact on {day} at {local_minute}."),
        ["CN-GBT-45251-stop"],
    ),
    rule(
        "cn-policy-0015",
        t3("接收方未写明名称", "接收方沒有寫明名稱", "Recipients without a name"),
        t3("{n} 类接收方没有名称。", "{n} 類接收方沒有名稱。", "{n} kinds of recipients have no name."),
        ["CN-PIPL-6"],
        per="document",
        needs=["recipient"],
    ),
    rule(
        "cn-face-0001",
        t3("人脸信息没有单独同意", "臉部資料沒有單獨同意", "Face data without separate consent"),
        t3("未见单独同意。", "未見單獨同意。", "No separate consent seen."),
        ["CN-PIPL-6"],
        per="app",
        needs=["consent_point"],
    ),
]


def evidence(
    exhibit: str, loc: str, quote: str, before: str = "", after: str = "", tier: str = "exact", part: str = "witness"
) -> Evidence:
    return Evidence(
        fact=f"{exhibit}-1",
        kind="communication",
        part=part,
        exhibit=exhibit,
        loc=loc,
        locator=f"{exhibit}#{loc}" if not loc.startswith("!/") else exhibit + loc,
        tier=tier,
        quote=quote,
        before=before,
        after=after,
    )


def _stop_row(n: int) -> Row:
    return Row(
        sure=True,
        day=f"2026-03-{3 + n:02d}",
        lender="沙洲小额贷款有限公司",
        lender_type="microloan",
        tier="heuristic",
        values={
            "person": "王一二",
            "objection_day": "2026-03-01",
            "form": "words",
            "day": f"2026-03-{3 + n:02d}",
            "local_minute": 1300 + n,
            "number": (MOBILE, PORT, SPACED)[n % 3],
            "channel": "sms",
        },
        evidence=[
            evidence(PHONE, "record=sms:170&char=0,16", "不要再联系我，我不认识这个人。", after=" 再发我就投诉。"),
            evidence(
                PHONE,
                f"record=sms:{184 + n}&char=14,38",
                f"请转告{BYSTANDER}今日 18:00 前还清，否则联系其单位",
                before="【沙洲速借】您好，",
                after=f"。回电 {LANDLINE} 或 {SPACED}",
                tier="heuristic",
            ),
            evidence(
                PHONE2,
                "record=sms:12&char=0,12",
                f"妳是{BYSTANDER}的緊急聯絡人嗎",
                after="？她已逾期，身分證 " + IDENTITY + "，卡號 " + CARD,
                tier="heuristic",
            ),
            evidence(PHONE, "record=call:77", f"call from {SPACED} 2026-03-0{3 + n}T21:40:00+08:00 0 s missed"),
        ],
        clauses=["CN-CC-1033-1", "CN-GBT-45251-stop"],
    )


VERDICTS = [
    VerdictEntry(
        id="1",
        rule="cn-phone-0007",
        subject="wang",
        verdict="breach",
        tier="heuristic",
        judged=301,
        rows_total=17,
        rows=[_stop_row(n) for n in range(3)],
        clauses=["CN-CC-1033-1", "CN-GBT-45251-stop"],
    ),
    VerdictEntry(
        id="2",
        rule="cn-app-0002",
        subject=APK,
        verdict="breach",
        tier="derived",
        judged=9,
        rows_total=1,
        rows=[
            Row(
                sure=True,
                day="2026-03-20",
                lender=None,
                tier="derived",
                values={"caller": "Lcom/example/sandbar/ContactTask;->run", "category": "contacts", "scope": None},
                evidence=[
                    evidence(
                        APK,
                        "!/classes2.dex#insn=classes2.dex@0x1a2b4",
                        "Lcom/example/sandbar/ContactTask;->run()V +0x12: invoke-virtual Landroid/content/ContentResolver;->query(...)",
                    ),
                    evidence(
                        APK,
                        "!/AndroidManifest.xml#byte=0x1a2b,12",
                        'uses-permission android:name="android.permission.READ_CONTACTS"',
                    ),
                    evidence(
                        POLICY,
                        "char=4120,4146",
                        "为评估信用，我们会读取您的通讯录及通话记录",
                        before="（三）风险控制。",
                        after="，并在您逾期时" + EVIL,
                    ),
                ],
                clauses=["CN-PIPL-6"],
            ),
        ],
        clauses=["CN-PIPL-6"],
        not_in_force=["CN-CSL-2016-41"],
        disputed="放贷方 2026-04-02 来函称 3.2.2 版已移除该段代码。",
    ),
    VerdictEntry(
        id="3",
        rule="cn-phone-0031",
        subject="wang",
        verdict="departs",
        tier="exact",
        judged=301,
        rows_total=1,
        capped=True,
        rows=[
            Row(
                sure=True,
                day="2026-03-08",
                tier="exact",
                values={"day": "2026-03-08", "n": 14, "numbers": 4, "amount_fen": 1_280_050},
                evidence=[
                    evidence(PHONE, "record=call:81", f"call from {MOBILE} 2026-03-08T20:01:00+08:00 0 s missed")
                ],
                clauses=["CN-CC-1033-1"],
            ),
        ],
        clauses=["CN-CC-1033-1", "CN-CCB-2011-68"],
    ),
    VerdictEntry(
        id="4",
        rule="cn-phone-0012",
        subject="chen",
        verdict="departs",
        tier="heuristic",
        judged=40,
        rows_total=2,
        rows=[
            Row(
                sure=True,
                day="2026-02-14",
                lender="沙洲小额贷款有限公司",
                lender_type="microloan",
                tier="heuristic",
                values={"day": "2026-02-14", "person": "陳三四", "role": "emergency_contact"},
                evidence=[
                    evidence(
                        PHONE2,
                        "record=sms:12&char=13,30",
                        "請您先幫她還上，或轉告她儘快處理" + OVERRIDE + "。",
                        before=f"妳是{BYSTANDER}的緊急聯絡人嗎？",
                        tier="heuristic",
                    )
                ],
                clauses=["CN-MLC-2024-37-5"],
            ),
            Row(
                sure=True,
                day="2026-02-15",
                lender="沙洲小额贷款有限公司",
                lender_type="microloan",
                tier="heuristic",
                values={"day": "2026-02-15", "person": "陳三四", "role": "emergency_contact"},
                evidence=[
                    evidence(
                        PHONE2,
                        "record=sms:14",
                        f"Please tell {BYSTANDER_LATIN} to pay, write to {MAIL}",
                        tier="heuristic",
                    )
                ],
                clauses=["CN-MLC-2024-37-5"],
            ),
        ],
        clauses=["CN-MLC-2024-37-5"],
    ),
    VerdictEntry(
        id="5",
        rule="cn-phone-0012",
        subject="wang",
        verdict="needs-facts",
        tier="heuristic",
        judged=301,
        rows_total=1,
        rows=[
            Row(
                sure=False,
                day="2026-03-05",
                tier="heuristic",
                values={"day": "2026-03-05", "person": "王一二", "role": None},
                evidence=[evidence(PHONE, "record=sms:186", "你是他同事吧，帮忙催一下", tier="heuristic")],
                unknown=["role.role"],
            ),
        ],
        missing=[
            Missing(
                what="column",
                name="role.role",
                ask=t3(
                    "请说明持有这部手机的人与这笔债务的关系（例如：同事、登记的联系人）。",
                    "請說明持有這部手機的人與這筆債務的關係（例如：同事、登記的聯絡人）。",
                    "Say what the holder of this phone is in this debt, for instance a colleague or a registered contact.",
                ),
            ),
            Missing(
                what="lender-type",
                name="party.lender_type",
                ask=t3(
                    "请加入借款合同中写明放贷方许可的一页。",
                    "請加入借款合約中寫明貸款方牌照的一頁。",
                    "Add the page of the loan contract that names the lender's licence.",
                ),
            ),
        ],
    ),
    VerdictEntry(
        id="6",
        rule="cn-consent-0004",
        subject=APK,
        verdict="unseen",
        judged=0,
        missing=[
            Missing(
                what="coverage",
                name="consent_point",
                ask=t3("请加入登录页面的截图。", "請加入登入頁面的截圖。", "Add a screenshot of the sign-in screen."),
            )
        ],
    ),
    VerdictEntry(
        id="7",
        rule="cn-consent-0004",
        subject=LOCKED,
        verdict="unseen",
        judged=0,
        missing=[
            Missing(
                what="coverage",
                name="term",
                reason="pdf-encrypted",
                ask=t3(
                    "请加入没有密码的合同副本。",
                    "請加入沒有密碼的合約副本。",
                    "Add a copy of the contract without password.",
                ),
            )
        ],
    ),
    VerdictEntry(id="8", rule="cn-phone-0020", subject="wang", verdict="kept", judged=301),
    VerdictEntry(id="9", rule="cn-policy-0015", subject=POLICY, verdict="kept", judged=58),
    VerdictEntry(id="10", rule="cn-face-0001", subject=APK, verdict="not-applicable"),
    VerdictEntry(
        id="11", rule="cn-phone-0020", subject="chen", verdict="not-applicable", not_in_force=["CN-GBT-45251-stop"]
    ),
]


def _tables() -> dict[str, Table]:
    start = date(2026, 1, 3)
    per_day = [[(start + timedelta(days=i)).isoformat(), (i * i * 7 + i) % 19 if i % 3 else 0] for i in range(79)]
    long_rows: list[list[str | int | bool | None]] = [
        [
            (start + timedelta(days=i // 4)).isoformat(),
            480 + (i * 37) % 900,
            (MOBILE, PORT, SPACED, LANDLINE)[i % 4],
            ("sms", "call")[i % 2],
            None if i % 7 == 0 else i % 60,
            (f"【沙洲速借】请转告{BYSTANDER}还款", "您的朋友已逾期，請儘快處理", "")[i % 3],
        ]
        for i in range(300)
    ]
    return {
        "contacts_per_day": Table(
            id="contacts_per_day",
            title=t3("每天的联系次数", "每天的聯絡次數", "Contacts per day"),
            columns=["day", "n"],
            column_titles=[t3("日期", "日期", "Day"), t3("次数", "次數", "Contacts")],
            rows=per_day,
        ),
        "recipients_by_category": Table(
            id="recipients_by_category",
            title=t3("各类接收方", "各類接收方", "Recipients by kind"),
            columns=["category", "n"],
            column_titles=[t3("类别", "類別", "Kind"), t3("数量", "數目", "Number")],
            rows=[
                ["micro_loan", 14],
                ["bank", 11],
                ["guarantee", 9],
                ["collection", 8],
                ["insurer", 6],
                ["data_risk", 5],
                ["payment", 3],
                ["any_third_party", 2],
            ],
        ),
        "communications": Table(
            id="communications",
            title=t3("往来联系", "往來聯絡", "Messages and calls"),
            columns=["local_day", "local_minute", "number", "channel", "duration_s", "text"],
            column_titles=[
                t3("日期", "日期", "Day"),
                t3("时间", "時間", "Time"),
                t3("号码", "號碼", "Number"),
                t3("方式", "方式", "Channel"),
                t3("时长", "時長", "Talk time"),
                t3("文字", "文字", "Text"),
            ],
            rows=long_rows,
            truncated_at=300,
        ),
        "empty": Table(
            id="empty",
            title=t3("答复", "回應", "Replies"),
            columns=["party"],
            column_titles=[t3("公司", "公司", "Company")],
            rows=[],
        ),
    }


def case() -> CaseFile:
    """Return the sample case."""
    return CaseFile(
        dunproof="0.1.0",
        run=Run(
            started="2026-11-23T10:00:00Z",
            seconds=12.34,
            python="3.11.7",
            command=["dunproof", "investigate", "--lender", "沙洲小额贷款有限公司", f"sms-{MOBILE}.xml"],
        ),
        settings=Settings(
            zone="Asia/Shanghai",
            zone_declared=False,
            as_of="2026-03-22",
            lender="沙洲小额贷款有限公司",
            lender_type="microloan",
            holder_role="contact",
        ),
        register_as_of="2026-11-23",
        packs=[PackInfo(name="cn", as_of="2026-11-20", sha256=sha("pack"), rules=len(RULES))],
        exhibits=EXHIBITS,
        subjects=[
            Subject(subject="wang", subject_type="person", label="王一二"),
            Subject(subject="chen", subject_type="person", label="陳三四"),
            Subject(subject=APK, subject_type="app", label="沙洲速借 3.2.1 (com.example.sandbar)"),
            Subject(subject=POLICY, subject_type="document", label="隐私政策"),
            Subject(subject=LOCKED, subject_type="document", label=""),
        ],
        verdicts=VERDICTS,
        rules={r.id: r for r in RULES},
        clauses={c.id: c for c in CLAUSES},
        tables=_tables(),
        bystanders=[BYSTANDER, BYSTANDER_LATIN],
        notes=["Time zone assumed: Asia/Shanghai."],
    )

"""The kinds of fact, one frozen struct a kind. Tables, JSON Schema and the reference page derive from them.

Conventions (docs/facts.md is generated from this file):

- NULL means "not determined" and nothing else. "Does not apply" or "none stated" is a value (``''``, ``none``).
- No floats. Units stand in the name: ``_s`` seconds, ``_us`` microseconds UTC, ``_fen`` 1/100 yuan, ``_milli`` 1/1000,
  ``_permille``. Days are ISO text (``local_day``) beside a day number since 1970-01-01 (``local_day_n``).
- A column that another fact points to holds that fact's ``fact_id`` unless its description says otherwise.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

TIERS = ("exact", "derived", "heuristic", "declared")


class Fact(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="kind"):
    """What every fact carries: its id, its place and how sure it is."""

    fact_id: Annotated[str, Meta(description="unique in a case: exhibit id + ordinal, or 'link' + ordinal")]
    exhibit: Annotated[str, Meta(description="first 16 hex of the SHA-256 of the file; '' for a declared fact")]
    loc: Annotated[str, Meta(description="locator inside the exhibit; '' is the whole of it")]
    tier: Annotated[str, Meta(description="exact | derived | heuristic | declared")]
    doubtful: Annotated[bool, Meta(description="the row itself may be a misreading: it never accuses")] = False


class _Timed(Fact, frozen=True, kw_only=True):
    """A fact that happened at a moment: UTC and the wall clock where it was felt."""

    utc_us: Annotated[int | None, Meta(description="moment, microseconds since 1970-01-01 UTC")] = None
    local_day: Annotated[str | None, Meta(description="ISO day on the wall clock of the person concerned")] = None
    local_day_n: Annotated[int | None, Meta(description="the same day as days since 1970-01-01")] = None
    local_minute: Annotated[int | None, Meta(description="minute of that day, 0-1439")] = None
    zone: Annotated[str | None, Meta(description="IANA zone of the wall clock")] = None
    time_basis: Annotated[
        str | None,
        Meta(description="handset_utc | smsc_utc | local_assumed | local_declared | date_only | suspect_restore"),
    ] = None
    precision: Annotated[str | None, Meta(description="us | ms | s | min | day")] = None


# --- exhibits and what could be read of them ---------------------------------------------------------------------


class Exhibit(Fact, tag="exhibit", frozen=True, kw_only=True):
    """A file handed in, or found inside one."""

    name: Annotated[str, Meta(description="file name as handed in, or path of the member inside its parent")]
    sha256: str
    size_bytes: int
    format: Annotated[str, Meta(description="format found by content, e.g. apk, html, text, sbr-xml; '' if none")]
    encoding: Annotated[str, Meta(description="text encoding found; '' for binary formats")] = ""
    parent: Annotated[str, Meta(description="exhibit that holds this one; '' if handed in")] = ""
    observed_day: Annotated[str | None, Meta(description="ISO day on which this state was seen (declared)")] = None
    holder: Annotated[str, Meta(description="person whose device or paper it is; '' if none was declared")] = ""
    line: Annotated[str, Meta(description="the holder's own number as declared; '' if none was declared")] = ""
    other_names: Annotated[str, Meta(description="further names of the same bytes, one a line; '' if none")] = ""


class Coverage(Fact, tag="coverage", frozen=True, kw_only=True):
    """A kind of fact that was looked for in an exhibit, and whether it could be read there."""

    looked_for: Annotated[str, Meta(description="fact kind")]
    subject: Annotated[str, Meta(description="app, document or person it is about; '' is the whole case")]
    status: Annotated[str, Meta(description="read | partly | unread")]
    reason: Annotated[str, Meta(description="problem code if not read in full; '' otherwise")] = ""
    first_day: Annotated[str | None, Meta(description="first ISO day the exhibit covers (communications)")] = None
    last_day: Annotated[str | None, Meta(description="last ISO day the exhibit covers (communications)")] = None
    count: Annotated[int | None, Meta(description="rows found")] = None


class Problem(Fact, tag="problem", frozen=True, kw_only=True):
    """Something that could not be read, or was read against the format."""

    code: Annotated[str, Meta(description="stable slug, a page in docs/problems.md")]
    detail: str


class Support(Fact, tag="support", frozen=True, kw_only=True):
    """A further place of a fact: stem and item, head and cell, witness of a link."""

    of_fact: str
    part: Annotated[str, Meta(description="witness | stem | head | path | contradicts | text")]


# --- who ----------------------------------------------------------------------------------------------------------


class Party(Fact, tag="party", frozen=True, kw_only=True):
    """A company or authority, one row for all its names."""

    party: Annotated[str, Meta(description="id of the party")]
    name: Annotated[str, Meta(description="fullest name seen")]
    lender_type: Annotated[
        str | None,
        Meta(
            description="bank | consumer_finance | microloan | platform | collector | payment | guarantee | unlicensed"
        ),
    ] = None


class Person(Fact, tag="person", frozen=True, kw_only=True):
    """A human of the case."""

    person: Annotated[str, Meta(description="id of the person")]
    name: Annotated[str | None, Meta(description="name as declared or read")] = None


class Role(Fact, tag="role", frozen=True, kw_only=True):
    """What a person is in one debt."""

    person: str
    debt: Annotated[str, Meta(description="id of the debt; '' = in every debt of the case")]
    role: Annotated[
        str | None,
        Meta(
            description="debtor | guarantor | spouse | emergency_contact | frequent_contact | contact | stranger",
        ),
    ] = None
    basis: Annotated[str, Meta(description="declared | words | none")]


class Debt(Fact, tag="debt", frozen=True, kw_only=True):
    """One loan."""

    debt: Annotated[str, Meta(description="id of the debt")]
    debtor: Annotated[str | None, Meta(description="person id, or the name as read")] = None
    lender: Annotated[str | None, Meta(description="party id")] = None
    due_day: str | None = None
    amount_fen: int | None = None


# --- the app ------------------------------------------------------------------------------------------------------


class App(Fact, tag="app", frozen=True, kw_only=True):
    """One APK, or one set of splits."""

    app: Annotated[str, Meta(description="id: the exhibit (of the base APK)")]
    package: str | None = None
    version_name: str | None = None
    version_code: int | None = None
    min_sdk: int | None = None
    target_sdk: int | None = None
    service_type: Annotated[str | None, Meta(description="type of the necessary list, e.g. lending")] = None
    label: Annotated[str | None, Meta(description="name that the system shows, Chinese before the default")] = None


class Signer(Fact, tag="signer", frozen=True, kw_only=True):
    """A certificate in the signature of an app. Listed is not verified."""

    app: str
    scheme: Annotated[
        str,
        Meta(
            description="v1 | v2 | v3 | v3.1; v3-lineage | v3.1-lineage = a former key of the app, which does not sign"
        ),
    ]
    cert_sha256: Annotated[
        str, Meta(description="SHA-256 of the DER; '' = the scheme is there and names no certificate")
    ]
    verifies: Annotated[
        bool | None, Meta(description="the signature over this file holds; NULL = not tried, or its key does not sign")
    ] = None


class Permission(Fact, tag="permission", frozen=True, kw_only=True):
    """A permission that the manifest asks for."""

    app: str
    name: str
    perm_group: Annotated[str, Meta(description="category of personal data it opens; '' if none")]
    max_sdk: Annotated[int | None, Meta(description="maxSdkVersion; 0 = none stated; NULL = unreadable")] = None


class Component(Fact, tag="component", frozen=True, kw_only=True):
    """A component that the manifest names."""

    app: str
    name: str
    component_type: Annotated[str, Meta(description="application | activity | service | receiver | provider")]
    defined: Annotated[bool | None, Meta(description="its class is defined in a dex file that the system loads")] = None


class SensitiveRead(Fact, tag="sensitive_read", frozen=True, kw_only=True):
    """A call site that reads personal data."""

    app: str
    category: Annotated[
        str | None,
        Meta(description="contacts, call_log, sms, location ...; NULL = the code does not settle what is read"),
    ] = None
    api: Annotated[str, Meta(description="class->method that is called")]
    uri: Annotated[str | None, Meta(description="URI or key that reaches the call; '' = none belongs to it")] = None
    outcome: Annotated[str | None, Meta(description="resolved | picker | documents | parameter_of_library")] = None
    scope: Annotated[str | None, Meta(description="all | picked")] = None
    caller: Annotated[str, Meta(description="class->method that calls")]
    owner_kind: Annotated[str | None, Meta(description="own | sdk | library")] = None
    owner: Annotated[str | None, Meta(description="sdk id or class prefix; '' for own code")] = None
    reached: Annotated[
        bool | None, Meta(description="a component or callback of the manifest reaches it; false: nothing leads there")
    ] = None
    at_start: Annotated[
        bool | None,
        Meta(description="the start of the app leads there before any screen, while nothing is stored or granted yet"),
    ] = None


class PermissionRequest(Fact, tag="permission_request", frozen=True, kw_only=True):
    """A place where an app asks the user for permissions while it runs: one request with all that stands in it."""

    app: str
    permissions: Annotated[
        str | None, Meta(description="permissions in it, with ', ' between; NULL = the code does not settle them all")
    ] = None
    asked_groups: Annotated[
        int | None, Meta(description="groups of permissions that the system asks about in it; NULL as before")
    ] = None
    api: Annotated[str, Meta(description="class->method that is called")]
    caller: Annotated[str, Meta(description="class->method that calls")]
    owner_kind: Annotated[str | None, Meta(description="own | sdk | library")] = None
    owner: Annotated[str | None, Meta(description="sdk id or class prefix; '' for own code")] = None
    reached: Annotated[
        bool | None, Meta(description="a component or callback of the manifest reaches it; false: nothing leads there")
    ] = None
    at_launch: Annotated[
        bool | None,
        Meta(description="the opening of the first screen leads there, while nothing is stored or granted yet"),
    ] = None
    refusal: Annotated[
        str | None, Meta(description="ends (whoever refuses has the screen or the app closed) | goes_on")
    ] = None


class Sdk(Fact, tag="sdk", frozen=True, kw_only=True):
    """Third-party code in an app."""

    app: str
    sdk: Annotated[str, Meta(description="id in the SDK catalogue")]
    vendor: str
    entity: Annotated[str | None, Meta(description="legal entity, only where its source is on record")] = None
    presence: Annotated[str, Meta(description="defined | referenced | called")]
    purpose: Annotated[str | None, Meta(description="purpose in the catalogue")] = None
    row_basis: Annotated[
        str | None,
        Meta(
            description="how the row of the catalogue was checked: verified | prefix_seen | rule_only | libs_or_components_only | unverified (nobody has checked it) | case (the case's own list)"
        ),
    ] = None
    data_taken: Annotated[
        str | None,
        Meta(
            description="categories of data that it is said to take, blanks between; '' = nothing on record. No finding"
        ),
    ] = None
    data_basis: Annotated[
        str | None,
        Meta(
            description="who says so: vendor | list (published with an app) | names (of its interface) | unverified; '' = nobody"
        ),
    ] = None


class Endpoint(Fact, tag="endpoint", frozen=True, kw_only=True):
    """A host named in an app."""

    app: str
    host: str
    owner: Annotated[str | None, Meta(description="sdk id or class prefix; '' for own code")] = None
    owner_kind: Annotated[str | None, Meta(description="own | sdk | library")] = None
    url: Annotated[
        str | None, Meta(description="the first address with this host, as it stands; NULL = a bare host")
    ] = None


class Shell(Fact, tag="shell", frozen=True, kw_only=True):
    """A packer or hybrid shell around the code of an app, or a bridge by which pages call it."""

    app: str
    name: Annotated[str, Meta(description="packer or framework; '' = a packer nobody named; class behind a bridge")]
    shell_type: Annotated[str | None, Meta(description="packer | hybrid | bridge")] = None
    page_name: Annotated[
        str | None, Meta(description="what pages call the object of a bridge; '' for other shells")
    ] = None
    page_methods: Annotated[str | None, Meta(description="methods that pages can call, one a line; '' if none")] = None
    stub_permille: Annotated[
        int | None, Meta(description="manifest components whose class is not defined, per mille")
    ] = None


class CodeSheet(Fact, tag="code_sheet", frozen=True, kw_only=True):
    """How much code an app has and how much of it could be read, in numbers; one row an app."""

    app: str
    dex_files: Annotated[int, Meta(description="dex files that the system loads")]
    dex_elsewhere: Annotated[int, Meta(description="dex files elsewhere in the package, loaded by code if at all")]
    classes: Annotated[int, Meta(description="classes defined in the dex files that the system loads")]
    short_names: Annotated[
        int, Meta(description="of these, classes with a name of one or two letters, or three small ones")
    ]
    methods: Annotated[int, Meta(description="methods whose instructions were read")]
    methods_unreadable: Annotated[
        int | None, Meta(description="methods that should have instructions and have none; NULL = tables are damaged")
    ] = None
    native_methods: Annotated[int, Meta(description="methods whose code stands in a native library")]
    native_libraries: Annotated[int, Meta(description="native libraries, those of one name counted once")]
    native_exports: Annotated[int | None, Meta(description="entry points Java_* that the native libraries export")] = (
        None
    )
    reflection_calls: Annotated[int, Meta(description="calls of methods by reflection")]
    reflection_unsettled: Annotated[
        int, Meta(description="of these, outside known libraries and without saying what is called")
    ]
    loader_calls: Annotated[int, Meta(description="calls that load code at run time")]
    encrypted_members: Annotated[int, Meta(description="members of the package that claim to be encrypted")]
    sealed_files: Annotated[int, Meta(description="files of no known format whose bytes look random")]


class AppText(Fact, tag="app_text", frozen=True, kw_only=True):
    """A string of interest in an app."""

    app: str
    text: str


class Upload(Fact, tag="upload", frozen=True, kw_only=True):
    """Personal data seen in recorded traffic."""

    app: Annotated[str | None, Meta(description="app id")] = None
    host: str
    category: str


# --- agreements ---------------------------------------------------------------------------------------------------


class Document(Fact, tag="document", frozen=True, kw_only=True):
    """An agreement, policy or list."""

    document: Annotated[str, Meta(description="id: the exhibit")]
    title: str | None = None
    document_type: Annotated[
        str | None,
        Meta(description="privacy_policy | registration | authorisation | loan | deduction | sharing_list | other"),
    ] = None
    version: str | None = None
    effective_day: str | None = None
    length_chars: Annotated[int, Meta(description="characters without white space")] = 0
    reading_minutes: Annotated[int, Meta(description="length at 300 characters a minute, rounded up")] = 0


class Covers(Fact, tag="covers", frozen=True, kw_only=True):
    """A document belongs to an app, a party or both; with document '' an app belongs to a party."""

    document: str
    app: Annotated[str | None, Meta(description="app id; '' if it is not tied to one; NULL if it may be any")] = None
    party: Annotated[str, Meta(description="party id; '' if it is not tied to one")] = ""


class Reference(Fact, tag="reference", frozen=True, kw_only=True):
    """A document names another one."""

    document: str
    target: Annotated[str, Meta(description="title as written")]
    document_type: Annotated[str | None, Meta(description="type that the title speaks for, as in document")] = None
    resolved: Annotated[str | None, Meta(description="document id in the case; '' = named, not handed in")] = None


class CollectedItem(Fact, tag="collected_item", frozen=True, kw_only=True):
    """An item of personal information that a document speaks of."""

    document: str
    item: Annotated[str, Meta(description="taxonomy id, e.g. contacts_book")]
    surface: Annotated[str, Meta(description="the words, as they stand")]
    activity: Annotated[str | None, Meta(description="collect | obtain_from | use | share | publish | not_collect")] = (
        None
    )
    subject: Annotated[str | None, Meta(description="borrower | contact | third_person")] = None
    purpose: Annotated[str | None, Meta(description="purpose id; 'none' = none stated")] = None
    required: Annotated[bool | None, Meta(description="must be given")] = None
    open_ended: Annotated[bool, Meta(description="the run is left open (etc., including but not limited to)")] = False


class Recipient(Fact, tag="recipient", frozen=True, kw_only=True):
    """A body that a document names or describes."""

    document: str
    recipient: Annotated[str, Meta(description="id, one a body and document")]
    name: Annotated[str, Meta(description="name as written; '' if only a category stands there")]
    entity: Annotated[str, Meta(description="party id after link; the name folded before; '' if no name")] = ""
    category: Annotated[str | None, Meta(description="recipient category id; 'other' = named, fits none")] = None
    role: Annotated[str | None, Meta(description="recipient | source | controller | mention")] = None
    purpose: Annotated[str | None, Meta(description="purpose as written; 'none' = none stated")] = None
    manner: Annotated[str | None, Meta(description="manner of sharing as written; 'none' = none stated")] = None
    contact: Annotated[str | None, Meta(description="contact as written; 'none' = none stated")] = None
    sdk: Annotated[str | None, Meta(description="SDK as written; 'none' = names none")] = None


class RecipientItem(Fact, tag="recipient_item", frozen=True, kw_only=True):
    """An item that a recipient gets."""

    document: str
    recipient: str
    item: str


class Term(Fact, tag="term", frozen=True, kw_only=True):
    """A contract term of interest."""

    document: str
    term_type: Annotated[str, Meta(description="kind of term in the catalogue, e.g. liability_waiver_third_party")]
    polarity: Annotated[str | None, Meta(description="asserts | denies")] = None
    modality: Annotated[str | None, Meta(description="may | must | will_not | only")] = None
    surface: Annotated[str, Meta(description="the words, as they stand")] = ""


class Promise(Fact, tag="promise", frozen=True, kw_only=True):
    """A testable undertaking of a document."""

    promise: Annotated[str, Meta(description="id of the promise: its fact_id")]
    document: str
    predicate: Annotated[str, Meta(description="contact = whom, when and how they contact others")]
    modality: Annotated[str | None, Meta(description="only | may | will_not")] = None


class PromiseTerm(Fact, tag="promise_term", frozen=True, kw_only=True):
    """One condition of a promise."""

    promise: str
    slot: Annotated[str, Meta(description="who | when | when_op | how | hours | times | content | purpose")]
    value: Annotated[str, Meta(description="taxonomy value, e.g. emergency_contact, overdue, unreachable")]


# --- the consent screen -------------------------------------------------------------------------------------------


class ConsentPoint(Fact, tag="consent_point", frozen=True, kw_only=True):
    """A consent control on a screen."""

    screen: str
    way: Annotated[str | None, Meta(description="tick | button | login_means_consent")] = None
    default_state: Annotated[str | None, Meta(description="on | off | none")] = None
    documents_behind: int | None = None
    refuse: Annotated[str | None, Meta(description="none | link | button | leave")] = None


class TextRun(Fact, tag="text_run", frozen=True, kw_only=True):
    """A measured text on a screen."""

    screen: str
    element: str
    size_milli_sp: int | None = None
    contrast_low_milli: int | None = None
    contrast_high_milli: int | None = None


# --- contact ------------------------------------------------------------------------------------------------------


class _Exchange(_Timed, frozen=True, kw_only=True):
    """What a record of an exchange and the event behind it share."""

    line: Annotated[str | None, Meta(description="the person's own number, as number key")] = None
    number: Annotated[str | None, Meta(description="the other party's number key; '' = withheld")] = None
    direction: Annotated[str | None, Meta(description="to_person | from_person")] = None
    channel: Annotated[str, Meta(description="sms | mms | call | chat | voice")]
    sent_utc_us: Annotated[int | None, Meta(description="moment the service centre took it, if recorded")] = None
    device_utc_us: Annotated[int | None, Meta(description="moment on the handset's clock")] = None
    duration_s: Annotated[int | None, Meta(description="talk time; 0 for what is not a call")] = None
    outcome: Annotated[
        str | None,
        Meta(
            description="none (no call) | answered | missed | rejected | blocked | unanswered | voicemail | missed_or_rejected"
        ),
    ] = None
    text: Annotated[str | None, Meta(description="words as decoded; '' for calls")] = None


class Sighting(_Exchange, tag="sighting", frozen=True, kw_only=True):
    """One record of a message or call in one export."""

    number_as_written: str
    name_shown: Annotated[str, Meta(description="address-book name beside the record; '' if none")] = ""
    record_type: Annotated[str, Meta(description="type as written in the export")] = ""
    repaired: Annotated[bool, Meta(description="bytes of the record had to be repaired to be read")] = False


class Communication(_Exchange, tag="communication", frozen=True, kw_only=True):
    """One message or call, however many exports show it."""

    person: Annotated[str, Meta(description="the human contacted: the holder of the phone")]
    purpose: Annotated[str | None, Meta(description="collection | other")] = None
    debt: Annotated[str | None, Meta(description="debt id")] = None
    lender: Annotated[str | None, Meta(description="party id of the lender it speaks for")] = None
    sender: Annotated[str | None, Meta(description="id of the sender's group at the derived level")] = None
    sightings: Annotated[int, Meta(description="records that show it")] = 1


class Act(Fact, tag="act", frozen=True, kw_only=True):
    """A speech act read in a message or text."""

    communication: Annotated[str, Meta(description="fact_id of the communication; '' for a text outside one")]
    act: Annotated[str, Meta(description="addressbook_threat, threat_family_work, third_party_disclosure ...")]
    target: Annotated[str | None, Meta(description="debtor | holder | third_person")] = None
    certainty: Annotated[str, Meta(description="high | low")] = "high"
    anchored: Annotated[bool, Meta(description="a debt word stands in the text or its thread")] = False
    app_text: Annotated[
        str, Meta(description="fact_id of the text prepared in an app; '' for one of a communication")
    ] = ""


class Slot(Fact, tag="slot", frozen=True, kw_only=True):
    """A value read inside a text."""

    communication: Annotated[str, Meta(description="fact_id of the communication; '' for a text outside one")]
    slot: Annotated[
        str, Meta(description="signature | lender_named | debtor_named | amount | overdue_days | deadline ...")
    ]
    value: Annotated[str, Meta(description="normalised value")]
    app_text: Annotated[
        str, Meta(description="fact_id of the text prepared in an app; '' for one of a communication")
    ] = ""


class Objection(_Timed, tag="objection", frozen=True, kw_only=True):
    """Somebody told them to stop."""

    person: str
    toward_party: Annotated[str | None, Meta(description="party id")] = None
    toward_sender: Annotated[str | None, Meta(description="sender group it was said to")] = None
    toward_number: Annotated[str | None, Meta(description="number key it was said to")] = None
    form: Annotated[str, Meta(description="words | blocked | not_me")]
    communication: Annotated[str, Meta(description="fact_id of the communication it was said in; '' if declared")] = ""


class Number(Fact, tag="number", frozen=True, kw_only=True):
    """A phone number, classified."""

    number: Annotated[str, Meta(description="number key")]
    number_class: Annotated[str, Meta(description="mobile, landline, sms_port_106x, cs_95 ...")]
    area: Annotated[str, Meta(description="area of a landline; '' if none")] = ""
    masked: bool = False


class InBook(Fact, tag="in_book", frozen=True, kw_only=True):
    """A number in somebody's address book."""

    person: str
    number: str
    name_shown: str


class Access(_Timed, tag="access", frozen=True, kw_only=True):
    """A device record that a package used a resource."""

    package: str
    resource: str
    event: Annotated[str, Meta(description="access | reject | grant")]
    state: Annotated[str | None, Meta(description="foreground | background")] = None


# --- what belongs together ----------------------------------------------------------------------------------------


class SameParty(Fact, tag="same_party", frozen=True, kw_only=True):
    """Two names are one party."""

    a: Annotated[str, Meta(description="name as written")]
    b: Annotated[str, Meta(description="name as written")]
    key_type: Annotated[str, Meta(description="same_name | short_form | alias | sdk_vendor | declared")]
    key: str


class SameSender(Fact, tag="same_sender", frozen=True, kw_only=True):
    """Two communications come from one collecting operation."""

    a: Annotated[str, Meta(description="fact_id of a communication")]
    b: Annotated[str, Meta(description="fact_id of a communication")]
    key_type: Annotated[str, Meta(description="number | callback | link_host | case_number | debtor_name | signature")]
    key: str


class Sender(Fact, tag="sender", frozen=True, kw_only=True):
    """The group that a communication falls into, at one level of linkage."""

    communication: str
    sender: str
    level: Annotated[str, Meta(description="exact | derived")]


class Reply(_Timed, tag="reply", frozen=True, kw_only=True):
    """A company's or authority's answer."""

    party: str
    question: str


# --- law as rows (written by judge, never by a reader) ----------------------------------------------------------


class NecessaryItem(Fact, tag="necessary_item", frozen=True, kw_only=True):
    """An item that the statutory list allows as necessary for a type of service."""

    service_type: str
    item: str


class Crosswalk(Fact, tag="crosswalk", frozen=True, kw_only=True):
    """A category of data in an app and the item of the taxonomy that names it in an agreement."""

    category: str
    item: str


class ClauseInForce(Fact, tag="clause_in_force", frozen=True, kw_only=True):
    """A clause, the days on which it holds, and one kind of lender that it binds."""

    clause: str
    first_day: str
    last_day: Annotated[str, Meta(description="'9999-12-31' while in force")]
    lender_type: Annotated[str, Meta(description="'any' binds every lender")]
    weight: Annotated[str, Meta(description="law = verified words with the force of law; norm = anything weaker")]


KINDS: dict[str, type[Fact]] = {
    str(cls.__struct_config__.tag): cls
    for cls in (
        Exhibit, Coverage, Problem, Support, Party, Person, Role, Debt, App, Signer, Permission, Component, SensitiveRead,
        PermissionRequest, Sdk, Endpoint, Shell, CodeSheet, AppText, Upload, Document, Covers, Reference, CollectedItem, Recipient, RecipientItem, Term,
        Promise, PromiseTerm, ConsentPoint, TextRun, Sighting, Communication, Act, Slot, Objection, Number, InBook, Access,
        SameParty, SameSender, Sender, Reply, NecessaryItem, Crosswalk, ClauseInForce,
    )
}  # fmt: skip
"""Every kind by its name."""

LAW_KINDS = frozenset({"necessary_item", "crosswalk", "clause_in_force"})
"""Reference tables: always complete, filled from the register."""

CASE_KINDS = frozenset({"exhibit", "coverage", "problem", "support", "party", "person", "role", "debt", "covers"})
"""Kinds that the case or link always writes in full: an absent row is an answer, coverage is not asked."""


class Mint:
    """Hands out fact ids of one exhibit (or of 'link') in order."""

    __slots__ = ("_n", "_prefix")
    FORMAT: ClassVar[str] = "{prefix}.{n}"

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._n = 0

    def __call__(self) -> str:  # noqa: D102 - the class says it
        self._n += 1
        return f"{self._prefix}.{self._n}"

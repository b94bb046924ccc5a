"""Which matches are told to the user, and which only to a model that reviews the code.

A pattern alone is often wrong in real code: what looks like a value in a query is the name of a table. Each
function here asks for what makes a match more than a suspicion; without it the match is evidence.
"""

from __future__ import annotations

import builtins
import re

from ast_grep_py import SgNode

from counterpoint.static import syntax
from counterpoint.static.built import Piece, pieces, text_of
from counterpoint.static.origins import origin
from counterpoint.static.python_names import meaning
from counterpoint.static.site import Found, Site

_VALUE = re.compile(r"(?i)(?:'(?:%%?)?|(?:[=<>]|\blike)\s*)$")
_SEARCHED = re.compile(r"(?i)\blike\s+'%%?$")
_NUMBERS = re.compile(
    r"(?i)(?:limit|offset|days|count|size|seconds|interval|table|column|field|schema|database)s?$"
)
_CHECKING = re.compile(r"(?i)verify|ssl|tls|cert|insecure|unsafe|self[-_]?signed|ignore|skip")
_RAISES = re.compile(r"(?m)^\s*raise\b|\braise\s")
_CATCHES_ALL = re.compile(r"^except\s*(?::|\(?\s*(?:Exception|BaseException)\b)")
_REQUEST = re.compile(r"\brequest\b")
_PUBLIC_KEY = re.compile(r"^[rbuf]*[\"'`]+\s*AIza")
_PRETENDED = re.compile(r"(?i)test|example|dummy|sample|fake|demo|mock|fixture|holder\b|(?m:^|/)t/")
_CLIENTS = re.compile(
    r"(?i)\b(?:https?|agent|axios|fetch|got|request|undici|websocket|ws)\b[\w.]*\s*\(|\bAgent\s*\("
)
_ALPHABET = re.compile(
    r"\bascii_|\bdigits\b|\bhexdigits\b|[\"'](?:abc|ABC|0123|012|123)|toString\(\s*(?:36|16|32)\s*\)"
)
_SURELY_SECRET = re.compile(r"(?i)(?:password|passwd|secret|otp|api_?key|reset_?code|csrf|auth_?code|token)$")
_ANY_TOKEN = re.compile(
    r"(?i)(?<!reset)(?<!auth)(?<!access)(?<!session)(?<!csrf)(?<!refresh)(?<!api)_?token$"
)
_LONG = re.compile(r"(?:range\(|k\s*=\s*)(?:1[6-9]|[2-9]\d)\b")
_NAMES_ONE = re.compile(r"(?:\.|\[[\"'])(?:\w*_)?(?:name|id|key|oid|uid|uuid)\b")
_MADE = re.compile(r"(?:\w+\.)*[A-Z]\w*\(")
_COPIES = re.compile(r"\.(?:keys|values)\(\)$")
_XML = re.compile(r"\b(?:lxml|etree|bs4|BeautifulSoup)\b")
_WRAPPED = re.compile(r"^(?:enumerate\()?([\w.]+?)(?:\.items\(\))?\)?$")
_CONTAINER = r"(?:typing\.)?(?:[Ll]ist|[Dd]ict|[Ss]et|sorted|(?:collections\.)?(?:defaultdict|OrderedDict))"
_CHANGES = re.compile(
    r"await\s+(?:[\w$?!]+\.)*_?(?:save|create|update|upsert|delete|remove|insert|add|write|store|put|set|upload"
    r"|move|rename|copy|patch|post|send|refresh|restore)(?=[A-Z_(<]|$)"
)
_LOOPS = frozenset({"for_statement", "while_statement"})


def sql_built(call: SgNode, site: Site) -> Found | None:
    """Sure where a request's value stands where values stand, and where a caller's text is searched for."""
    built = _built(call)
    if built is None:
        return None
    return Found(call, sure=any(_value_in_query(piece) for piece in pieces(built)))


def _value_in_query(piece: Piece) -> bool:
    if not _VALUE.search(piece.before):
        return False
    came = origin(piece.value)
    searched = came == "parameter" and _SEARCHED.search(piece.before) is not None
    return (came == "outside" or searched) and not _NUMBERS.search(piece.value.text())


def shell_built(call: SgNode, site: Site) -> Found | None:
    """Sure where what is put into the command comes from a request."""
    built = _built(call)
    if built is None:
        return None
    return Found(call, sure=any(origin(piece.value) == "outside" for piece in pieces(built)))


def _built(call: SgNode) -> SgNode | None:
    arguments = call.field("arguments")
    first = next(iter(arguments.named_children()), None) if arguments is not None else None
    return text_of(first) if first is not None else None


def inner_html(match: SgNode, site: Site) -> Found:
    """Sure where a part of the page's address or of a request is put into the markup."""
    right = match.field("right")
    values = [piece.value for piece in pieces(right)] if right is not None else []
    return Found(match, sure=any(origin(value) == "outside" for value in values))


def eval_of_input(call: SgNode, site: Site) -> Found:
    """Sure for what a request or a prompt brings: the command line and the environment are the user's own."""
    arguments = call.field("arguments")
    first = next(iter(arguments.named_children()), None) if arguments is not None else None
    typed = first is not None and re.match(r"input\(", first.text()) is not None
    return Found(call, sure=typed or (first is not None and origin(first) == "outside"))


def tls_unverified(match: SgNode, site: Site) -> Found:
    """Sure for a public address, and where the check is switched off for the whole process."""
    text = match.text()
    if _asked_for(match):
        return Found(match, sure=False)
    if "_create_unverified_context" in text:
        parent = match.parent()
        around = parent.text() if parent is not None else ""
        return Found(match, sure="_create_default_https_context" in around or "https://" in around)
    if match.kind() == "call":
        return Found(match, sure=re.search(r"\(\s*f?[\"']https://[a-z]", text) is not None)
    if "NODE_TLS_REJECT_UNAUTHORIZED" in text:
        return Found(match, sure=True)
    made = next(
        (one for one in syntax.ancestors(match) if one.kind() in ("new_expression", "call_expression")), None
    )
    return Found(
        match, sure=made is not None and _CLIENTS.match(made.text().removeprefix("new ")) is not None
    )


def _asked_for(match: SgNode) -> bool:
    """True in an `if` that asks whether to check: whoever configures it has said so."""
    for test in syntax.ancestors(match):
        condition = test.field("condition") if test.kind() == "if_statement" else None
        if condition is not None and _CHECKING.search(condition.text()):
            return True
    return False


def jwt_unverified(call: SgNode, site: Site) -> Found:
    """Sure where "none" is allowed: a token is often read unverified to learn whose key it needs."""
    return Found(
        call, sure=re.search(r"algorithms\s*=\s*\[[^\]]*[\"'](?i:none)[\"']", call.text()) is not None
    )


def weak_random(match: SgNode, site: Site) -> Found:
    """Sure for what is called a secret and looks like one: a `token` may be a word, a `nonce` a counter."""
    target = match.field("left") or match.field("name")
    value = match.field("right") or match.field("value")
    named = target is not None and _SURELY_SECRET.search(target.text()) is not None
    alike = value is not None and _ALPHABET.search(value.text()) is not None
    code = target is not None and re.search(r"(?i)(?:password|passwd|otp)$", target.text()) is not None
    if (
        target is not None
        and _ANY_TOKEN.search(target.text())
        and not _LONG.search(value.text() if value else "")
    ):
        return Found(match, sure=False)
    return Found(match, sure=named and (alike or code))


def credential(match: SgNode, site: Site) -> Found:
    """Sure unless it is a key that pages show anyway, or one that is called a test's or an example's."""
    statement = next(
        (one for one in syntax.ancestors(match) if one.kind().endswith(("_statement", "_declaration"))), match
    )
    named = f"{site.document.path}\n{statement.text()[:200]}"
    return Found(match, sure=not _PUBLIC_KEY.match(match.text()) and not _PRETENDED.search(named))


def assert_guards_access(match: SgNode, site: Site) -> Found:
    """Sure where a request is answered: elsewhere the assertion repeats what was checked before."""
    function = syntax.enclosing(match, syntax.FUNCTIONS)
    head = function.field("parameters") if function is not None else None
    asked = _REQUEST.search(match.text()) or (head is not None and _REQUEST.search(head.text()))
    return Found(match, sure=bool(asked) and "is_authenticated" not in match.text())


def changed_while_iterated(match: SgNode, site: Site) -> Found:
    """Sure of what this file makes a list, a dict or a set, unless one item alone is meant."""
    loop = syntax.enclosing(match, frozenset({"for_statement"}))
    subject, item = (loop.field("right"), loop.field("left")) if loop is not None else (None, None)
    copied = subject is not None and (_COPIES.search(subject.text()) is not None or _of_class(subject))
    copied = copied or _XML.search(site.document.text) is not None or not _plain(subject, site)
    test = syntax.enclosing(match, frozenset({"if_statement"}))
    condition = test.field("condition") if test is not None else None
    last = item.named_children()[-1] if item is not None and item.named_children() else item
    single = (
        condition is not None
        and last is not None
        and (not re.search(r"==\s*[\"'\d]", condition.text()) or _NAMES_ONE.search(condition.text()))
        and re.search(
            rf"\b{re.escape(last.text())}\b[^=<>!]*==|==\s*{re.escape(last.text())}\b", condition.text()
        )
    )
    return Found(match, sure=not copied and not single)


def _plain(subject: SgNode | None, site: Site) -> bool:
    """True for what is bound or annotated as a container of Python's own: others may iterate over a copy."""
    function = syntax.enclosing(subject, syntax.FUNCTIONS) if subject is not None else None
    if subject is None or function is None:
        return False
    name = _WRAPPED.sub(r"\1", subject.text())
    where = site.document.text if "." in name else function.text()
    made = rf"(?<![\w.]){re.escape(name)}\s*(?::[^=\n]+)?=\s*(?:{_CONTAINER}\(|[\[{{])"
    return re.search(rf"{made}|(?<![\w.]){re.escape(name)}\s*:\s*{_CONTAINER}\b", where) is not None


def _of_class(subject: SgNode) -> bool:
    """True for what lies in another or was made by a class: it need not be a list or a dict."""
    made = text_of(subject) if subject.kind() == "identifier" else None
    return subject.kind() == "subscript" or (made is not None and _MADE.match(made.text()) is not None)


def error_not_raised(call: SgNode, site: Site) -> Found:
    """Sure of Python's own, and of those that the file raises elsewhere: others may report by being made."""
    callee = call.field("function")
    name = callee.text() if callee is not None else ""
    found = meaning(site, callee) if callee is not None else None
    klass = found.klass[0] if found is not None and found.klass is not None else None
    plain = klass is not None and "__init__" not in klass.methods and all(map(_builtin, klass.bases))
    return Found(
        call, {"ERROR": name}, sure=plain or _builtin(name) or f"raise {name}(" in site.document.text
    )


def _builtin(name: str) -> bool:
    return isinstance(getattr(builtins, name, None), type)


def mutable_default(match: SgNode, site: Site) -> Found:
    """Sure where it grows, unless a comment says that it is shared on purpose or it is emptied again."""
    line = site.document.line(syntax.line_of(match, site.document) - 1).partition("#")[2]
    name = match.field("name")
    text = name.text() if name is not None else ""
    said = re.search(r"(?i)cache|shared|mutable|on purpose|intention", line) is not None
    function = syntax.enclosing(match, syntax.FUNCTIONS)
    body = function.text() if function is not None else ""
    taken = re.search(rf"\b{re.escape(text)}\.pop\(|\bdel\s+{re.escape(text)}\[", body) is not None
    return Found(match, {"NAME": text}, sure=not said and not taken and _grows(text, body))


def _grows(name: str, body: str) -> bool:
    """True if a call leaves in it what the next call meets: one key that each call sets anew does no harm."""
    word = rf"(?<![\w.]){re.escape(name)}"
    if re.search(rf"{word}(?:\.(?:append|add|extend|insert)\(|\[[^\n]*\]\s*[-+*/|&]+=)", body):
        return True
    return any(
        not re.match(r"[\"'][^\"']*[\"']$", key) or re.search(word, value)
        for key, value in re.findall(rf"(?m)^\s*{word}\[([^\]\n]*)\]\s*=\s*(.*)$", body)
    )


def return_in_finally(match: SgNode, site: Site) -> Found:
    """Sure unless the statement catches whatever comes before it gets there."""
    statement = syntax.enclosing(match, frozenset({"try_statement"}))
    handlers = (
        [one for one in statement.children() if one.kind() == "except_clause"]
        if statement is not None
        else []
    )
    caught = any(_CATCHES_ALL.match(one.text()) and not _RAISES.search(one.text()) for one in handlers)
    return Found(match, sure=not caught)


def cancellation_swallowed(match: SgNode, site: Site) -> Found:
    """Sure in a loop that goes on: there the task cannot be stopped at all."""
    loop = syntax.enclosing(match, _LOOPS | syntax.FUNCTIONS)
    goes_on = re.search(r"\b(?:break|return)\b", match.text()) is None
    return Found(match, sure=loop is not None and loop.kind() in _LOOPS and goes_on)


def async_callback(call: SgNode, site: Site) -> Found:
    """Sure where a promise is taken for a truth, and where code follows that comes before what is changed."""
    callee = call.field("function")
    if callee is None or not callee.text().endswith("forEach"):
        return Found(call)
    function, statement = syntax.enclosing(call, syntax.FUNCTIONS), call.parent()
    follows = (
        statement.next() if statement is not None and statement.kind() == "expression_statement" else None
    )
    while follows is not None and follows.kind() in ("comment", ";"):
        follows = follows.next()
    changes = any(_CHANGES.match(one.text()) for one in call.find_all(kind="await_expression"))
    goes_on = follows is not None and follows.kind() != "}" and changes
    return Found(call, sure=goes_on and function is not None and syntax.is_async(function))

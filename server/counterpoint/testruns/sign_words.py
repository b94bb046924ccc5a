"""What runners and systems print, by what it says of a failure's reason. Patterns only."""

from __future__ import annotations

import re

ASSERTION = re.compile(
    r"(?:\w+\.)*(?:AssertionError|AssertionFailedError|ComparisonFailure|JestAssertionError)$"
)
LACKS = re.compile(
    r"\b(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|EADDRINUSE|EADDRNOTAVAIL"
    r"|EACCES|EPERM|ENOSPC|EMFILE|ENFILE|EROFS|ENOMEM|EDQUOT)\b"
    r"|[Cc]onnection (?:refused|reset by peer)|[Nn]ame or service not known|nodename nor servname"
    r"|[Tt]emporary failure in name resolution|[Nn]etwork is unreachable|[Nn]o route to host|no such host"
    r"|[Aa]ddress already in use|[Cc]annot assign requested address|[Nn]o space left on device"
    r"|[Pp]ermission denied|[Oo]peration not permitted|[Rr]ead-only file system|[Tt]oo many open files"
    r"|[Cc]annot allocate memory|out of memory|[Dd]isk quota exceeded"
    r"|executable file not found in|spawn(?:Sync)? \S+ ENOENT|command not found"
    r"|is not recognized as an internal|[Cc]ould not connect to (?:server|the [Dd]ocker)"
    r"|[Cc]annot connect to the Docker daemon|Can't connect to|CERTIFICATE_VERIFY_FAILED"
    r"|certificate has expired|unsupported locale setting|cannot open display"
    r"|no display name and no \$DISPLAY|Executable doesn't exist at|cannot open shared object file"
    r"|DLL load failed|unable to open database file|async def functions are not natively supported"
    r"|(?:environment variable|env var)\b.{0,60}\b(?:not set|missing|required|undefined)"
    r"|(?:not set|missing|required|undefined).{0,30}\b(?:environment variable|env var)\b"
    r"|\b[A-Z][A-Z0-9]*_[A-Z0-9_]+ (?:is|was|must be|has to be|env\w* \w+ (?:is|must be)) ?(?:not )?"
    r"(?:set|defined|missing|required|empty|unset)"
    r"|(?:[Mm]issing|[Uu]nset|[Uu]ndefined) [A-Z][A-Z0-9]*_[A-Z0-9_]+\b"
    r"|[Ff]ailed to (?:launch|start) (?:the )?browser|[Uu]nsupported engine|requires (?:a different )?Python"
)
LACKING_KINDS = re.compile(
    r"(?:ConnectionRefusedError|ConnectionResetError|gaierror|PermissionError|NoCredentialsError|BrokenPipeError"
    r"|SSLCertVerificationError|MemoryError|ConnectError|NewConnectionError|MaxRetryError|DockerException)$"
)
STARTED = re.compile(
    r"(?:^|/)(?:subprocess|asyncio/(?:subprocess|unix_events|base_events))\.py$|^node:child_process|os/exec"
)
ABSENT = re.compile(
    r"No such file or directory(?:: [rb]?['\"](?P<py>[^'\"]+)['\"])?"
    r"|ENOENT: no such file or directory, \w+ '(?P<js>[^']+)'"
)
GO_ABSENT = re.compile(
    r"(?:open|stat|lstat|read|chdir|mkdir|readdirent|unlink) (?P<go>\S+): no such file or directory"
)
CHANCE = re.compile(
    r"[Tt]imed? ?out\b|\bTimeout(?:Error|Expired|Exception)?\b|[Dd]eadline ?[Ee]xceeded|deadline exceeded"
    r"|DATA RACE|race detected during execution|database is locked|ETIMEDOUT|[Dd]eadlock (?:found|detected)"
)
CHANCE_KINDS = re.compile(
    r"(?:Timeout\w*|TimeoutError|DeadlineExceeded|Flaky\w*|DATA RACE|ReadTimeout|ConnectTimeout)$"
)
CLOCK = re.compile(
    r"\b(?:elapsed|duration|took|latency|perf_counter|monotonic|time\.time|process_time|performance\.now"
    r"|Date\.now|time\.Since|seconds_taken|runtime_ms|elapsed_ms|elapsedMs|durationMs|wall_?time)\b"
)
COMPARED = re.compile(
    r"[<>]=?|toBe(?:Less|Greater)Than|assert(?:Less|Greater)|almost|approx|toBeCloseTo|took|exceeded"
)
LUCK = re.compile(
    r"\b(?:random\.(?:random|choice|randint|shuffle|sample|uniform)|Math\.random|rand\.(?:Int|Float|Perm|Shuffle)"
    r"|uuid4?\(|secrets\.)"
)
FIXTURE = re.compile(
    r"fixture '(?P<name>[^']+)' not found|Fixture [\"']\S+ called directly|ScopeMismatch"
    r"|recursive dependency involving fixture|fixture function has no|did not yield a value"
    r"|yielded more than once"
    r"|duplicate '\S+'|function uses no (?:argument|fixture)|Unknown fixture"
)
PLUGINS = frozenset(
    {
        "mocker",
        "benchmark",
        "requests_mock",
        "httpx_mock",
        "respx_mock",
        "aiohttp_client",
        "aiohttp_server",
        "db",
    }
    | {
        "django_db_setup",
        "django_user_model",
        "freezer",
        "snapshot",
        "faker",
        "httpserver",
        "celery_app",
        "vcr",
    }
    | {
        "live_server",
        "qtbot",
        "page",
        "browser",
        "event_loop",
        "admin_client",
        "rf",
        "transactional_db",
        "httpbin",
    }
    | {
        "unused_tcp_port",
        "loop",
        "testdir",
        "socket_enabled",
        "datadir",
        "data_regression",
        "file_regression",
    }
)
"""Fixtures that plugins bring: one that is not found means that its plugin is not installed."""
HOOKS = re.compile(
    r"(?:setUp|setUpClass|setUpModule|asyncSetUp|tearDown|tearDownClass|tearDownModule|asyncTearDown|TestMain"
    r"|(?:setup|teardown)_(?:method|class|module|function)|(?:setup|teardown|new|make|must)?(?:Suite|Fixture)s?)$"
)
HOOK = re.compile(r"\b(?:before|after)(?:Each|All)\s*\(|\b(?:set[uU]p|tear[dD]own)\s*\(|\bt\.Cleanup\(")
SHOWN = re.compile(r"\s*>?\s*(?P<number>\d+)\s?\|(?P<code>.*)$")
DATA = re.compile(
    r"(?:^|/)(?:tests?|testdata|fixtures?|data|__tests__|__fixtures__|__snapshots__|spec|specs|golden|cassettes)/"
)

NO_MODULE = re.compile(r"No module named '?(?P<py>[\w.]+)'?")
NO_PACKAGE = re.compile(
    r"Cannot find (?:module|package) ['\"](?P<js>[^'\"]+)['\"]"
    r"|Failed to resolve import ['\"](?P<vite>[^'\"]+)['\"]|Could not resolve ['\"](?P<other>[^'\"]+)['\"]"
    r"|Failed to load url (?P<url>\S+)"
)
NO_GO = re.compile(
    r"(?:cannot find module providing package|no required module provides package|(?:cannot find )?package)"
    r" \"?(?P<go>[\w./~-]+?)\"?(?:[:;,]| is not in| in any|$)"
)
NAMES = re.compile(
    r"cannot import name|partially initialized module|module '[\w.]+' has no attribute"
    r"|<module '[\w.]+'[^>]*> does not have the attribute|attempted relative import"
    r"|does not provide an export named|is not exported (?:by|from)|has no exported member"
    r"|undefined: [\w.]+|not declared by package|use of internal package"
    r"|name \S+ not exported by package|imported and not used|import cycle not allowed"
    r"|No \"[^\"]+\" export is defined on the|does not exist on type 'typeof"
)
CALLED = re.compile(r"(?:\(0 ?, ?(?P<path>[\w$.]+)\)|(?P<name>[\w$.]+)) is not a (?:function|constructor)")
UNDEFINED = re.compile(r"^name '(?P<py>\w+)' is not defined|^(?P<js>[\w$]+) is not defined")

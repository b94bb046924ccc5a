"""What is remembered of reviews, in the user's state folder.

store       the one way in: `Findings(file)`
verdicts    what the review of a unit brought, by key, so that it is not bought again
kept        findings of files, with what their places are found again by
dismissed   what the user does not want to be told
coding      findings as JSON
schema      tables, migrations, and how much is kept for how long
"""

from counterpoint.findings.dismissed import Suppression as Suppression
from counterpoint.findings.dismissed import silencing as silencing
from counterpoint.findings.store import Findings as Findings
from counterpoint.findings.verdicts import Bought as Bought
from counterpoint.findings.verdicts import Stage as Stage

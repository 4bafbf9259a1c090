# Reads and checks params.yaml once. What a rule passes on is text: its own settings as canonical
# JSON, and a digest of the code it runs, because Snakemake compares parameters as a set of values.
import os
import sys
from pathlib import Path

# Every job uses the interpreter that runs Snakemake and the package of this checkout: also on
# another node, where this file is parsed again, and in the copies that `dvc exp run` makes.
ROOT = Path(workflow.basedir)
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
os.environ["PYTHONPATH"] = str(ROOT / "src")
sys.path.insert(0, str(ROOT / "src"))

from rpgan import gpurun, provenance
from rpgan.errors import UserError
from rpgan.params import NAME, load
from rpgan.spec import as_json, plain

if config:
    sys.exit(
        "rpgan: settings come from params.yaml alone, so that results can be traced to it:"
        f" leave out --config and --configfile ({', '.join(config)})"
    )

# A mistake ends here, in one line, before anything is planned.
try:
    PARAMS = load(ROOT / "params.yaml")
    for target in sys.argv[1:]:
        PARAMS.check_target(target)
except UserError as error:
    sys.exit(f"rpgan: {error}")

# A job that starts later must not see other settings or code than this run was planned with.
STATE = provenance.state_digest(ROOT / "params.yaml")
if os.environ.setdefault("RPGAN_STATE", STATE) != STATE:
    sys.exit(
        "rpgan: params.yaml or src/ changed while this workflow runs; start it again"
    )
os.environ["RPGAN_PARAMS"] = str(ROOT / "params.yaml")

# Snakemake writes its records in place: through a link that would reach into DVC's cache.
for record in Path(".snakemake/metadata").glob("*"):
    if record.is_symlink() or (record.is_file() and record.stat().st_nlink > 1):
        sys.exit("rpgan: run first: dvc unprotect .snakemake/metadata")
    break


wildcard_constraints:
    dataset=NAME,
    representation=NAME,
    model=NAME,
    grid=NAME,
    part="train|test",
    replicate=r"\d+",


def code(*modules):
    return provenance.code_digest(*modules)


def run_of(w):
    return PARAMS.run(w.dataset, w.model, int(w.replicate))


def of_runs(runs, file):
    return [f"results/{d}/{m}/{r}/{file}" for d, m, r in runs]


GPUS = min(1, len(gpurun.pool()))  # that one training takes

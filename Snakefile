from snakemake.utils import min_version

min_version("9.0")


report: "workflow/report.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/samples.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/figures.smk"


rule all:
    default_target: True
    input:
        "results/summary.parquet",
        "results/summary.json",
        figures(),
        tables(),

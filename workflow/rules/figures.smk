# Figures and tables of the grid that params.yaml names, one per family of datasets and kind, from
# what its runs left behind alone.


rule figure:
    input:
        lambda w: inputs(FIGURES[w.kind], FAMILIES[w.family]),
    output:
        pdf="results/figures/{kind}_{family}.pdf",
        png=report(
            "results/figures/png/{kind}_{family}.png",
            category="Figures",
            subcategory="{family}",
            labels=lambda w: {"figure": w.kind, "shows": FIGURES[w.kind].shows},
        ),
    log:
        "logs/figure/{kind}_{family}.log",
    params:
        settings=lambda w: as_json({"kind": w.kind, "family": FAMILIES[w.family]}),
        code=lambda w: code("stages.figures", f"figures.{w.kind}"),
        root=lambda w, input: root_of(
            input, inputs(FIGURES[w.kind], FAMILIES[w.family])
        ),
    shell:
        "python -m rpgan figures --settings {params.settings:q} --root {params.root}"
        " --out {output} > {log} 2>&1"


rule table:
    input:
        lambda w: inputs(TABLES[w.table], FAMILIES[w.family]),
    output:
        csv="results/tables/{table}_{family}.csv",
        md="results/tables/{table}_{family}.md",
    log:
        "logs/table/{table}_{family}.log",
    params:
        settings=lambda w: as_json({"kind": w.table, "family": FAMILIES[w.family]}),
        code=lambda w: code("stages.figures", f"figures.{w.table}"),
        root=lambda w, input: root_of(
            input, inputs(TABLES[w.table], FAMILIES[w.family])
        ),
    shell:
        "python -m rpgan figures --settings {params.settings:q} --root {params.root}"
        " --out {output} > {log} 2>&1"

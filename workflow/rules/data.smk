# From a process, or recordings, to the tensors that a network sees.


rule simulate:
    input:
        recordings_of,
    output:
        "data/{dataset}/{part}.arrow",
    log:
        "logs/simulate/{dataset}.{part}.log",
    benchmark:
        "logs/simulate/{dataset}.{part}.tsv"
    resources:
        mem_mb=4000,
    params:
        settings=lambda w: as_json(draw_of(w)),
        code=lambda w: code("stages.simulate", *draw_code(draw_of(w))),
    shell:
        "python -m rpgan simulate --settings {params.settings:q} --out {output} > {log} 2>&1"


rule fit:
    input:
        "data/{dataset}/train.arrow",
    output:
        "data/{dataset}/{representation}/fitted.arrow",
    log:
        "logs/fit/{dataset}.{representation}.log",
    benchmark:
        "logs/fit/{dataset}.{representation}.tsv"
    resources:
        mem_mb=8000,
    params:
        settings=lambda w: as_json(encoding_of(w)),
        code=lambda w: code(
            "stages.represent",
            *steps_code(encoding_of(w).steps),
        ),
    shell:
        "python -m rpgan represent --fit-only --settings {params.settings:q}"
        " --series {input} --out {output} > {log} 2>&1"


rule represent:
    input:
        "data/{dataset}/train.arrow",
    output:
        "data/{dataset}/{representation}/train.arrow",
    log:
        "logs/represent/{dataset}.{representation}.log",
    benchmark:
        "logs/represent/{dataset}.{representation}.tsv"
    resources:
        mem_mb=8000,
    params:
        settings=lambda w: as_json(encoding_of(w)),
        code=lambda w: code(
            "stages.represent",
            *steps_code(encoding_of(w).steps),
        ),
    shell:
        "python -m rpgan represent --settings {params.settings:q}"
        " --series {input} --out {output} > {log} 2>&1"

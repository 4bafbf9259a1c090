# What a generator makes, to look at and to listen to. Nothing else reads these files.


rule picture:
    input:
        samples="results/{dataset}/{model}/{replicate}/samples.arrow",
        real="data/{dataset}/test.arrow",
    output:
        "results/{dataset}/{model}/{replicate}/samples.png",
    log:
        "logs/picture/{dataset}.{model}.{replicate}.log",
    params:
        code=code("stages.pictures"),
    shell:
        "python -m rpgan pictures {input.samples} --beside {input.real} --out {output}"
        " > {log} 2>&1"


rule sound:
    input:
        "results/{dataset}/{model}/{replicate}/samples.arrow",
    output:
        "results/{dataset}/{model}/{replicate}/samples.wav",
    log:
        "logs/sound/{dataset}.{model}.{replicate}.log",
    params:
        code=code("stages.sound"),
    shell:
        "python -m rpgan sound {input} --out {output} > {log} 2>&1"

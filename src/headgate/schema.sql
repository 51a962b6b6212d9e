-- Every table of a workspace. Read this file first.
-- A table is a folder of Parquet parts, tables/<table>/part-<run>.parquet. Times are UTC.
-- A ref names an artifact: hf:model:org/name, hf:dataset:org/name, civitai:model:123,
-- civitai:version:456, file:sha256:<hex>; name:<text> is a parent of which only a text is known.

-- One row for each time an artifact was observed. The views `artifacts` and `files` show the newest
-- observation of each ref (as of the date asked for), tombstones left out; `observations` shows all.
CREATE TABLE artifacts (
    ref              VARCHAR NOT NULL,   -- what the artifact is called here
    hub              VARCHAR NOT NULL,   -- huggingface, civitai or file
    kind             VARCHAR NOT NULL,   -- model, dataset, or version (a Civitai version of a model)
    name             VARCHAR,            -- the hub's name for it; a pseudonym where it names a depicted person
    author           VARCHAR,            -- account or organisation that published it
    hub_id           VARCHAR,            -- the hub's own id, which survives a rename
    sha              VARCHAR,            -- commit, where the hub versions with git
    created          TIMESTAMP,          -- when the hub says it was first published
    modified         TIMESTAMP,          -- when the hub says it last changed
    observed         TIMESTAMP NOT NULL, -- when it was seen so
    licences         VARCHAR[],          -- licence ids as declared, lower case, none invented
    licence_source   VARCHAR,            -- card, tag or terms: where they were declared; NULL where nowhere
    licence_name     VARCHAR,            -- name that the card gives to a licence which the hub does not list
    licence_link     VARCHAR,            -- address that the card gives for the licence
    licence_text     VARCHAR,            -- text of a LICENSE file where it was collected, cut at 60,000 characters
    has_card         BOOLEAN,            -- whether card data or text was seen; NULL where nobody looked
    tags             VARCHAR[],          -- as on the hub
    pipeline         VARCHAR,            -- task or, on Civitai, type (LORA, Checkpoint, ...)
    library          VARCHAR,            -- software it is made for
    architecture     VARCHAR,            -- model_type of config.json or architecture of a GGUF header
    parameters       BIGINT,             -- number of weights
    downloads        BIGINT,             -- as the hub counts them
    downloads_window VARCHAR,            -- 30d (Hugging Face, rolling) or all (Civitai, cumulative): never add the two
    likes            BIGINT,             -- likes or thumbs up
    gated            VARCHAR,            -- no, auto, manual; NULL where not said
    nsfw             BOOLEAN,            -- the hub's own flag
    person           BOOLEAN,            -- the hub or the card says that it depicts a real person
    depicts          VARCHAR,            -- keyed pseudonym of that person; the name is stored nowhere
    base_models      VARCHAR[],          -- declared parents as written, from card data
    base_relation    VARCHAR,            -- declared relation to them (base_model_relation)
    adapter_base     VARCHAR,            -- base_model_name_or_path of adapter_config.json
    file_bases       VARCHAR[],          -- parents named inside a weight file (GGUF general.base_model.*)
    base_family      VARCHAR,            -- Civitai's baseModel, such as SDXL 1.0
    datasets         VARCHAR[],          -- declared training datasets as written
    version_of       VARCHAR,            -- ref of the model that this is a version of
    commercial_use   VARCHAR[],          -- Civitai allowCommercialUse
    card             VARCHAR,            -- README text where it was collected
    gone             BOOLEAN NOT NULL,   -- tombstone: a complete listing of the hub no longer had it
    run              VARCHAR NOT NULL    -- the run that wrote the row
);

-- Files of artifacts, observed with them.
CREATE TABLE files (
    artifact VARCHAR NOT NULL,           -- ref of the artifact
    path     VARCHAR NOT NULL,           -- path inside it
    size     BIGINT,                     -- bytes
    sha256   VARCHAR,                    -- lower-case hex of the content; NULL where the hub gives none
    format   VARCHAR,                    -- safetensors, gguf, pickle, onnx, ... by extension
    observed TIMESTAMP NOT NULL,         -- when it was seen so
    run      VARCHAR NOT NULL            -- the run that wrote the row
);

-- Typed lineage, child -> parent, of the latest run of each link method. Self-loops, cycles and
-- dangling parents are kept as they were declared; whoever walks the graph copes with them.
CREATE TABLE edges (
    child      VARCHAR NOT NULL,         -- ref of the derived artifact
    parent     VARCHAR NOT NULL,         -- ref it derives from; may be unknown to the workspace
    relation   VARCHAR NOT NULL,         -- a row of data/relations.csv: finetune, adapter, merge, quantized, ...
    how        VARCHAR NOT NULL,         -- declared, read (from a file) or inferred (from the name)
    confidence DOUBLE NOT NULL,          -- 0 to 1: how far this kind of evidence can be relied on
    evidence   VARCHAR,                  -- the words or field that say so
    method     VARCHAR NOT NULL,         -- the link method
    run        VARCHAR NOT NULL          -- the run that wrote the row
);

-- Facts, one row for each subject that a check looked at.
CREATE TABLE findings (
    subject   VARCHAR NOT NULL,          -- ref of the artifact; of what is none check: and a name
    "check"   VARCHAR NOT NULL,          -- the method that looked; of one axis of a screening method.axis
    value     DOUBLE,                    -- what was measured; 1 means found, 0 not found; NULL could not tell
    low       DOUBLE,                    -- lower end of the interval of value, where there is one
    high      DOUBLE,                    -- upper end
    n         BIGINT,                    -- how many observations the value rests on; 0: known without a look, left out of shares
    evidence  VARCHAR,                   -- the words or field that show it
    sensitive BOOLEAN NOT NULL,          -- leaves the workspace only as aggregates
    harm      VARCHAR,                   -- use or implementation: where this kind of harm arises
    run       VARCHAR NOT NULL           -- the run that wrote the row
);

-- What screening said of the items of a dataset, of the latest run of each method and dataset. Texts and images
-- are not here: an item is known by its hash.
CREATE TABLE item_scores (
    dataset  VARCHAR NOT NULL,           -- ref of the dataset
    file     VARCHAR,                    -- file of the dataset; NULL where the method looked at all of it at once
    row      BIGINT,                     -- row, line, byte or member in that file, from 0
    item     VARCHAR NOT NULL,           -- sha256 of the text, of the image's bytes, or of the row as JSON
    "check"  VARCHAR NOT NULL,           -- the screen method
    score    FLOAT,                      -- its headline; NULL could not tell
    axes     MAP(VARCHAR, FLOAT),        -- its further scores by name
    evidence VARCHAR,                    -- the words or place that show it; never the item
    run      VARCHAR NOT NULL            -- the run that wrote the row; stands in the name of the file
);

-- How far training items caused a behaviour of a model, of the latest run of each trace method and model.
CREATE TABLE influences (
    subject VARCHAR NOT NULL,            -- ref of the model
    item    VARCHAR NOT NULL,            -- id of the training item, as its maker names it, or the hash of its content
    method  VARCHAR NOT NULL,            -- the trace method
    score   DOUBLE,                      -- above 0: removing the item reduces the behaviour; comparable within a method only
    error   DOUBLE,                      -- standard error, where the method estimates
    run     VARCHAR NOT NULL             -- the run that wrote the row
);

-- What people said of artifacts: seeds of the detectors, reviews, appeals. Rows are only ever added.
CREATE TABLE labels (
    subject  VARCHAR NOT NULL,           -- ref of the artifact
    question VARCHAR NOT NULL,           -- what was asked: the check whose finding it answers, such as uncensored
    label    VARCHAR NOT NULL,           -- yes, no or unsure; or contested: an appeal against the others
    labeller VARCHAR NOT NULL,           -- keyed pseudonym of the person, or rule:<name> for a rule
    role     VARCHAR NOT NULL,           -- seed, review, adjudication or appeal
    chance   DOUBLE,                     -- probability with which the item was drawn for review; NULL where nobody knows
    reason   VARCHAR,                    -- why, in the labeller's words; of an appeal its note
    made     TIMESTAMP NOT NULL,         -- when it was said
    run      VARCHAR NOT NULL            -- the run that wrote the row
);

-- Verdicts and grades, one row for each subject and control of the latest run.
CREATE TABLE decisions (
    subject  VARCHAR NOT NULL,           -- ref of the artifact; of what is none control:, risk:, stage: or use: and a name
    control  VARCHAR NOT NULL,           -- the govern method
    decision VARCHAR NOT NULL,           -- allow, block or unknown; of a control that grades, its grade
    because  VARCHAR,                    -- the rules that led to it, as the policy names them
    run      VARCHAR NOT NULL            -- the run that wrote the row
);

-- Records of the Hugging Face Hub API (or of a local folder in the same shape) -> rows of artifacts.
-- `raw` holds one record a row in column `json`; variables: hub, kind, run, observed.
WITH parsed AS (
    SELECT json AS record, from_json(json, '{
        "id": "VARCHAR", "modelId": "VARCHAR", "_id": "VARCHAR", "author": "VARCHAR", "sha": "VARCHAR",
        "createdAt": "VARCHAR", "lastModified": "VARCHAR", "private": "BOOLEAN", "gated": "VARCHAR",
        "downloads": "BIGINT", "likes": "BIGINT", "pipeline_tag": "VARCHAR", "library_name": "VARCHAR",
        "tags": ["VARCHAR"], "cardData": "JSON", "config": "JSON", "safetensors": "JSON", "gguf": "JSON",
        "card": "VARCHAR", "description": "VARCHAR", "baseModels": "JSON", "licenseText": "VARCHAR",
        "siblings": [{"rfilename": "VARCHAR", "size": "BIGINT",
                      "lfs": {"sha256": "VARCHAR", "oid": "VARCHAR", "size": "BIGINT"}}],
        "_headgate": {"depicts": "VARCHAR", "person": "BOOLEAN"}, "file_bases": ["VARCHAR"]
    }') AS r
    FROM raw
),
-- A snapshot may carry card data as text that holds JSON.
carded AS (
    SELECT *, CASE WHEN json_type(r.cardData) = 'VARCHAR' THEN try_cast(r.cardData ->> '$' AS JSON)
                   WHEN json_type(r.cardData) = 'OBJECT' THEN r.cardData END AS c
    FROM parsed
),
named AS (SELECT *, coalesce(r.id, r.modelId) AS id FROM carded)
SELECT
    CASE WHEN getvariable('hub') = 'file' THEN 'file:sha256:' || r.sha
         ELSE 'hf:' || getvariable('kind') || ':' || id END AS ref,
    getvariable('hub') AS hub,
    getvariable('kind') AS kind,
    id AS name,
    coalesce(r.author, CASE WHEN contains(id, '/') THEN split_part(id, '/', 1) END) AS author,
    r._id AS hub_id,
    r.sha AS sha,
    try_cast(r.createdAt AS TIMESTAMP) AS created,
    try_cast(r.lastModified AS TIMESTAMP) AS modified,
    list_distinct(list_transform(
        CASE WHEN len(texts(c -> 'license')) > 0 THEN texts(c -> 'license')
             ELSE tagged(r.tags, 'license:') END, lambda x: lower(trim(x)))) AS licences,
    CASE WHEN len(texts(c -> 'license')) > 0 THEN 'card'
         WHEN len(tagged(r.tags, 'license:')) > 0 THEN 'tag' END AS licence_source,
    left(texts(c -> 'license_name')[1], 200) AS licence_name,
    left(texts(c -> 'license_link')[1], 500) AS licence_link,
    left(r.licenseText, 60000) AS licence_text,
    -- The Hub leaves card data out where there is no README; a record without the field was never asked.
    CASE WHEN c IS NOT NULL OR r.card IS NOT NULL THEN true
         WHEN json_exists(record, '$.cardData') THEN false END AS has_card,
    r.tags AS tags,
    r.pipeline_tag AS pipeline,
    r.library_name AS library,
    coalesce(r.config ->> 'model_type', r.gguf ->> 'architecture') AS architecture,
    coalesce(try_cast(r.safetensors ->> 'total' AS BIGINT), try_cast(r.gguf ->> 'total' AS BIGINT)) AS parameters,
    r.downloads AS downloads,
    CASE WHEN r.downloads IS NOT NULL THEN '30d' END AS downloads_window,
    r.likes AS likes,
    CASE lower(r.gated) WHEN 'false' THEN 'no' WHEN 'true' THEN 'auto' ELSE lower(r.gated) END AS gated,
    CASE WHEN list_contains(r.tags, 'not-for-all-audiences') THEN true END AS nsfw,
    r._headgate.person AS person,
    r._headgate.depicts AS depicts,
    texts(c -> 'base_model') AS base_models,
    c ->> 'base_model_relation' AS base_relation,
    coalesce(r.config -> 'peft' ->> 'base_model_name_or_path',
             r.config -> 'adapter_config' ->> 'base_model_name_or_path',
             r.config ->> 'base_model_name_or_path') AS adapter_base,
    r.file_bases AS file_bases,
    texts(c -> 'datasets') AS datasets,
    coalesce(r.card, r.description) AS card,
    false AS gone,
    -- carried along for the table of files, not a column of artifacts
    list_transform(r.siblings, lambda s: {
        'path': s.rfilename, 'size': coalesce(s.lfs.size, s.size), 'sha256': coalesce(s.lfs.sha256, s.lfs.oid)
    }) AS siblings
FROM named

-- Records of the Civitai REST API (`/api/v1/models`) -> rows of artifacts: one a model, one a version.
-- `raw` holds one record a row in column `json`; variables: hub, kind, run, observed.
WITH parsed AS (
    SELECT json AS record, from_json(json, '{
        "id": "VARCHAR", "name": "VARCHAR", "description": "VARCHAR", "type": "VARCHAR", "poi": "BOOLEAN",
        "nsfw": "BOOLEAN", "tags": ["VARCHAR"], "creator": {"username": "VARCHAR"},
        "stats": {"downloadCount": "BIGINT", "thumbsUpCount": "BIGINT", "favoriteCount": "BIGINT"},
        "allowCommercialUse": "JSON", "createdAt": "VARCHAR", "publishedAt": "VARCHAR",
        "updatedAt": "VARCHAR", "lastVersionAt": "VARCHAR",
        "modelVersions": [{
            "id": "VARCHAR", "name": "VARCHAR", "description": "VARCHAR", "baseModel": "VARCHAR",
            "createdAt": "VARCHAR", "publishedAt": "VARCHAR", "updatedAt": "VARCHAR",
            "stats": {"downloadCount": "BIGINT", "thumbsUpCount": "BIGINT"},
            "files": [{"name": "VARCHAR", "sizeKB": "DOUBLE", "hashes": {"SHA256": "VARCHAR"}}]
        }],
        "_headgate": {"depicts": "VARCHAR", "person": "BOOLEAN"}
    }') AS r
    FROM raw
),
-- What a model says holds for its versions too. The hub has no licence ids, only terms.
models AS (
    SELECT r, 'civitai:model:' || r.id AS model,
        r.creator.username AS author,
        r.tags AS tags,
        r.type AS pipeline,
        r.nsfw AS nsfw,
        CASE WHEN r._headgate.person THEN true ELSE r.poi END AS person,
        r._headgate.depicts AS depicts,
        CASE json_type(r.allowCommercialUse)
            WHEN 'ARRAY' THEN texts(r.allowCommercialUse)
            -- older records write a list as {Image,RentCivit}, one word as Sell
            WHEN 'VARCHAR' THEN list_filter(list_transform(
                string_split(trim(r.allowCommercialUse ->> '$', '{} '), ','), lambda x: trim(x, ' "')),
                lambda x: x <> '') END AS commercial_use,
        CASE WHEN json_exists(record, '$.allowCommercialUse') OR json_exists(record, '$.allowNoCredit')
                  OR json_exists(record, '$.allowDerivatives') OR json_exists(record, '$.allowDifferentLicense')
             THEN 'terms' END AS licence_source,
        json_exists(record, '$.description') AS told
    FROM parsed
),
versions AS (SELECT * EXCLUDE (r), r.name AS of, unnest(r.modelVersions) AS v FROM models),
-- The listing dates versions, not models: a model is as old as its first version.
dated AS (
    SELECT *,
        list_filter(list_transform(r.modelVersions, lambda v:
            coalesce(try_cast(v.createdAt AS TIMESTAMP), try_cast(v.publishedAt AS TIMESTAMP))),
            lambda t: t IS NOT NULL) AS begun,
        list_filter(list_transform(r.modelVersions, lambda v:
            coalesce(try_cast(v.updatedAt AS TIMESTAMP), try_cast(v.publishedAt AS TIMESTAMP))),
            lambda t: t IS NOT NULL) AS changed
    FROM models
)
SELECT
    model AS ref, getvariable('hub') AS hub, 'model' AS kind, r.name AS name, author, r.id AS hub_id,
    coalesce(try_cast(r.createdAt AS TIMESTAMP), try_cast(r.publishedAt AS TIMESTAMP), list_min(begun)) AS created,
    coalesce(try_cast(r.updatedAt AS TIMESTAMP), try_cast(r.lastVersionAt AS TIMESTAMP), list_max(changed)) AS modified,
    []::VARCHAR[] AS licences, licence_source,
    CASE WHEN told THEN trim(coalesce(r.description, '')) <> '' END AS has_card,
    tags, pipeline,
    r.stats.downloadCount AS downloads,
    CASE WHEN r.stats.downloadCount IS NOT NULL THEN 'all' END AS downloads_window,
    coalesce(r.stats.thumbsUpCount, r.stats.favoriteCount) AS likes,
    nsfw, person, depicts,
    NULL::VARCHAR AS base_family, NULL::VARCHAR AS version_of, commercial_use,
    r.description AS card, false AS gone,
    []::STRUCT(path VARCHAR, size BIGINT, sha256 VARCHAR)[] AS siblings
FROM dated
UNION ALL BY NAME
SELECT
    'civitai:version:' || v.id AS ref, getvariable('hub') AS hub, 'version' AS kind,
    concat_ws(' ', of, v.name) AS name, author, v.id AS hub_id,
    coalesce(try_cast(v.createdAt AS TIMESTAMP), try_cast(v.publishedAt AS TIMESTAMP)) AS created,
    coalesce(try_cast(v.updatedAt AS TIMESTAMP), try_cast(v.publishedAt AS TIMESTAMP)) AS modified,
    []::VARCHAR[] AS licences, licence_source,
    CASE WHEN v.description IS NOT NULL THEN trim(v.description) <> '' END AS has_card,
    tags, pipeline,
    v.stats.downloadCount AS downloads,
    CASE WHEN v.stats.downloadCount IS NOT NULL THEN 'all' END AS downloads_window,
    v.stats.thumbsUpCount AS likes,
    nsfw, person, depicts,
    v.baseModel AS base_family, model AS version_of, commercial_use,
    v.description AS card, false AS gone,
    list_transform(v.files, lambda f: {
        'path': f.name, 'size': try_cast(round(f.sizeKB * 1024) AS BIGINT), 'sha256': f.hashes.SHA256
    }) AS siblings
FROM versions
WHERE v IS NOT NULL

-- What the dashboard reads: a workspace laid out for looking up, in a DuckDB file that can be thrown away at any time.
-- Statements run in this order, with `shelf` the new file, the views of the workspace in main, and the temporary
-- tables nodes_of (node, folded, ref, respelled), family_of (node, root, children) and open_controls (name). Findings
-- of sensitive checks are left out, so that no page can show one.

-- One row for each artifact ever seen, as it was last seen on its hub; `gone` since its tombstone.
-- `depicts_person`: some observation, however it spells the ref, says that it depicts a real person; such a one is
-- counted and never listed. `node` is that of the lineage, whose refs may be spelled otherwise too.
CREATE TABLE shelf.artifacts AS
WITH people AS (SELECT DISTINCT folded(ref) AS folded FROM observations WHERE person),
     tombs AS (SELECT ref, max(observed) FILTER (gone) AS gone_since FROM observations
               WHERE ref IN (SELECT ref FROM observations WHERE gone) GROUP BY ref),
     missing AS (SELECT ref, gone_since FROM tombs ANTI JOIN artifacts USING (ref)),
     last_seen AS (SELECT o.* FROM observations AS o SEMI JOIN missing USING (ref) WHERE NOT gone
                   QUALIFY row_number() OVER (PARTITION BY o.ref ORDER BY o.observed DESC, o.run DESC) = 1),
     every AS (SELECT folded(ref) AS folded, *, NULL::TIMESTAMP AS gone_since FROM artifacts
               UNION ALL SELECT folded(l.ref), l.*, m.gone_since FROM last_seen AS l JOIN missing AS m USING (ref))
SELECT (row_number() OVER (ORDER BY e.folded, e.ref) - 1)::INTEGER AS id,
       e.* EXCLUDE (card, licence_text), left(e.card, 2000) AS card, NULL::VARCHAR AS licence_text,
       p.folded IS NOT NULL AS depicts_person, n.node, coalesce(f.children, 0) AS children,
       CASE WHEN e.base_family IS NOT NULL THEN e.base_family
            WHEN q.folded IS NULL AND NOT starts_with(r.ref, 'name:') AND (f.root <> f.node OR f.children > 0)
                 THEN regexp_replace(r.ref, '^hf:model:', '') END AS family,
       coalesce(e.licences[1], e.licence_name, 'not stated') AS licence
FROM every AS e
LEFT JOIN people AS p ON p.folded = e.folded
LEFT JOIN nodes_of AS n ON n.folded = e.folded
LEFT JOIN family_of AS f ON f.node = n.node
LEFT JOIN nodes_of AS r ON r.node = f.root
LEFT JOIN people AS q ON q.folded = r.folded
ORDER BY id;

-- Where an artifact stands, by the hash of its folded ref: text as long as a ref has no zone maps worth the name.
CREATE TABLE shelf.names AS SELECT hash(folded) AS hash, id FROM shelf.artifacts ORDER BY hash;

-- Nodes of the lineage graph: `artifact` is the id above, NULL where the workspace holds none by that name; of several
-- that differ in case the one spelled as the node, else one that is there still.
CREATE TABLE shelf.nodes AS
WITH held AS (SELECT a.node, arg_min(a.id, (a.ref <> n.ref, a.gone_since IS NOT NULL, a.id)) AS artifact
              FROM shelf.artifacts AS a JOIN nodes_of AS n USING (node) GROUP BY a.node)
SELECT n.node AS id, n.folded, n.ref, n.respelled, h.artifact,
       p.folded IS NOT NULL OR starts_with(n.ref, 'name:') AS withheld
FROM nodes_of AS n LEFT JOIN held AS h USING (node)
LEFT JOIN (SELECT DISTINCT folded(ref) AS folded FROM observations WHERE person) AS p ON p.folded = n.folded
ORDER BY id;
CREATE TABLE shelf.node_names AS SELECT hash(folded) AS hash, id FROM shelf.nodes ORDER BY hash;

CREATE TABLE shelf.links AS
SELECT p.node AS parent_node, c.node AS child_node, e.* FROM edges AS e
JOIN nodes_of AS p ON p.folded = folded(e.parent) JOIN nodes_of AS c ON c.folded = folded(e.child)
ORDER BY child_node, parent_node;
CREATE TABLE shelf.links_down AS
SELECT parent_node, child_node FROM shelf.links ORDER BY ALL;

CREATE TABLE shelf.history AS
SELECT a.id, o.observed, o.name, o.sha, o.modified, o.licences, o.downloads, o.downloads_window, o.likes, o.gated,
       o.base_models, o.gone, o.run
FROM observations AS o
JOIN (SELECT ref FROM observations GROUP BY ref HAVING count(*) > 1) AS s USING (ref)
JOIN shelf.artifacts AS a USING (ref) ORDER BY a.id, o.observed;

-- Downloads as they were counted at each date of observation; hubs count over different windows, never to be added.
-- An artifact seen several times on a day counts as it was last seen with downloads.
CREATE TABLE shelf.downloads AS
WITH seen AS (SELECT ref, hub, kind, downloads_window, downloads, observed, run FROM observations WHERE NOT gone),
     again AS (SELECT ref, observed::DATE AS day FROM seen GROUP BY ALL HAVING count(*) > 1),
     once AS (SELECT s.* FROM seen AS s ANTI JOIN again AS a ON a.ref = s.ref AND a.day = s.observed::DATE
              UNION ALL
              SELECT s.* FROM seen AS s SEMI JOIN again AS a ON a.ref = s.ref AND a.day = s.observed::DATE
              QUALIFY row_number() OVER (PARTITION BY s.ref, s.observed::DATE
                                         ORDER BY s.downloads IS NULL, s.observed DESC, s.run DESC) = 1)
SELECT hub, kind, coalesce(downloads_window, '') AS "window", observed::DATE AS day, count(*) AS artifacts,
       sum(downloads)::BIGINT AS downloads
FROM once GROUP BY ALL ORDER BY ALL;

CREATE TABLE shelf.findings AS
SELECT a.id, f.* EXCLUDE (sensitive), false AS sensitive FROM findings AS f JOIN shelf.artifacts AS a ON a.ref = f.subject LIMIT 0;
CREATE TABLE shelf.flags (id INTEGER, "check" VARCHAR);

CREATE TABLE shelf.decisions AS
SELECT a.id, d.* FROM decisions AS d JOIN shelf.artifacts AS a ON a.ref = d.subject
WHERE d.control IN (FROM open_controls) ORDER BY a.id;

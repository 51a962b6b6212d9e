-- Functions that every query of a workspace may use.

-- JSON text or list of texts -> list of texts, empty ones left out
CREATE MACRO texts(j) AS coalesce(CASE json_type(j)
    WHEN 'ARRAY' THEN list_filter(from_json(j, '["VARCHAR"]'), lambda x: x IS NOT NULL AND trim(x) <> '')
    WHEN 'VARCHAR' THEN list_filter([j ->> '$'], lambda x: trim(x) <> '') END, []);

-- what follows the prefix p in each tag that has it
CREATE MACRO tagged(tags, p) AS
    list_transform(list_filter(coalesce(tags, []), lambda x: starts_with(x, p)), lambda x: substr(x, len(p) + 1));

-- a hub page's address -> the id it is about; what is no address is left alone, for speed
CREATE MACRO bare_id(t) AS CASE WHEN contains(t, '://') OR contains(t, '.co/') OR ends_with(t, '/') THEN
    regexp_replace(regexp_replace(trim(t),
    '^(https?://)?(www\.)?(huggingface\.co|hf\.co)/(models/|datasets/)?|^hf://(datasets/)?', ''), '(/(tree|blob|resolve)/.*)?/?$', '')
    ELSE trim(t) END;

-- what somebody wrote as a parent -> a ref; text that is no hub id keeps its words as name:<text>
CREATE MACRO as_ref(t, kind) AS CASE
    WHEN regexp_full_match(bare_id(t), '[A-Za-z0-9][\w.\-]{0,95}(/[\w.\-]{1,96})?') THEN 'hf:' || kind || ':' || bare_id(t)
    ELSE 'name:' || left(regexp_replace(t, '[[:cntrl:]]', ' ', 'g'), 200) END;

-- Hugging Face tells ids apart without regard to case: refs with the same folded(r) are one artifact
CREATE MACRO folded(r) AS CASE WHEN starts_with(r, 'hf:') THEN lower(r) ELSE r END;

-- the account in a folded Hugging Face ref such as hf:model:org/name; NULL where it names none
CREATE MACRO hub_account(r) AS CASE WHEN starts_with(r, 'hf:') AND contains(r, '/') THEN
    split_part(split_part(r, ':', 3), '/', 1) END;

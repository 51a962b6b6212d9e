"""Models as the Civitai REST API gives them (`/api/v1/models`)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from headgate.synthetic import names
from headgate.synthetic.shapes import LATER, Upload, Version


def model_record(upload: Upload, seed: int, seen: datetime = LATER) -> dict[str, Any] | None:
    """The record of `upload` as it was at `seen`, newest version first; None if it had none by then."""
    there = [v for v in upload.versions if v.created <= seen]
    if not there:
        return None
    rng = names.dice(seed, f"record:{upload.ref}")
    share = 1.0 if seen == LATER else 0.5
    downloads = int(sum(v.downloads for v in there) * share)
    thumbs = int(downloads * rng.uniform(0.02, 0.2))
    return {
        "id": upload.id,
        "name": upload.name,
        "description": upload.description,
        "allowNoCredit": rng.random() < 0.8,
        "allowCommercialUse": upload.commercial,
        "allowDerivatives": rng.random() < 0.85,
        "allowDifferentLicense": rng.random() < 0.7,
        "type": upload.type,
        "minor": False,
        "poi": upload.poi,
        "nsfw": upload.nsfw,
        "nsfwLevel": 60 if upload.nsfw else 1,
        "availability": "Public",
        "stats": {"downloadCount": downloads, "thumbsUpCount": thumbs, "thumbsDownCount": thumbs // 50,
                  "commentCount": thumbs // 20, "tippedAmountCount": 0},
        "creator": {"username": upload.creator, "image": None},
        "tags": upload.tags,
        "modelVersions": [_version(upload, v, i, share) for i, v in enumerate(reversed(there))],
    }  # fmt: skip


def _version(upload: Upload, version: Version, index: int, share: float) -> dict[str, Any]:
    weight = version.weight
    form = "PickleTensor" if weight.path.endswith(".pt") else "SafeTensor"
    downloads = int(version.downloads * share)
    return {
        "id": version.id,
        "index": index,
        "name": version.name,
        "baseModel": version.base,
        "baseModelType": "Standard",
        "createdAt": _stamp(version.created),
        "publishedAt": _stamp(version.created + timedelta(minutes=7)),
        "availability": "Public",
        "nsfwLevel": 60 if upload.nsfw else 1,
        "description": None,
        "trainedWords": version.words,
        "stats": {"downloadCount": downloads, "thumbsUpCount": downloads // 12},
        "files": [
            {
                "id": version.id + 500_000,
                "sizeKB": weight.size / 1024,
                "name": weight.path,
                "type": "Model",
                "pickleScanResult": "Success",
                "virusScanResult": "Success",
                "metadata": {"format": form, "size": "pruned", "fp": "fp16"},
                "hashes": {"AutoV2": weight.sha256[:10].upper(), "SHA256": weight.sha256.upper()},
                "primary": True,
            }
        ],
        "images": [],
    }


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")

"""Whether the world reaches the edge: a signed webhook that asks nothing, to a URL as it is set up at Infobip."""

from typing import Final

import httpx

from masking_core.signature import Credential, sign

_BODY: Final = b"[]"
_TIMEOUT: Final = 10.0


def check_url(url: str, credential: Credential | None) -> str:
    """``ok``, or what is wrong with the URL. The edge verifies the webhook, and refuses its body without a note."""
    headers = {"Content-Type": "application/json"}
    if credential is not None:
        headers["Authorization"] = sign(url, _BODY, credential)
    try:
        answer = httpx.post(url, content=_BODY, headers=headers, timeout=_TIMEOUT)
    except httpx.HTTPError as error:
        return f"does not answer ({type(error).__name__})"
    match answer.status_code:
        case 400:
            return "ok"
        case 401:
            return "refuses the signature: the edge has another URL or other credentials"
        case 503:
            return "answers that its store is away"
    return f"answers {answer.status_code}, which is not the edge"

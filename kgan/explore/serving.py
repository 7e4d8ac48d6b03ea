"""Serves the page on this machine: no network, no account, no statistics."""

import importlib.util
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kgan import files
from kgan.arguments import check_integer, check_text
from kgan.commands.explore import HOST
from kgan.explore.explorer import Explorer
from kgan.explore.neighbours import Neighbours
from kgan.extras import how_to_install
from kgan.presets.choosing import chosen_generator

EXTRA = how_to_install("explore")
# Stops the browser from asking any other machine for anything.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "media-src 'self' data: blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; frame-ancestors 'none'; form-action 'self'"
)


def check_installed() -> None:
    """Raises ImportError, which names the extra, unless Gradio is there."""
    if importlib.util.find_spec("gradio") is None:
        raise ImportError(
            "The page needs the extra `explore` of kgan. Received: no module "
            f"gradio. Install it: {EXTRA}."
        )


@contextmanager
def serve(
    source: Any,
    data: str | os.PathLike | None = None,
    *,
    split: str = "train",
    data_dir: str | os.PathLike | None = None,
    host: str = HOST,
    port: int | None = None,
) -> Iterator[str]:
    """Serves the page of a generator while the context lasts.

    Args:
        source: A generator; a model of kgan; the path of a `.keras` file of
            either, which is never run as code; the name of a trained preset;
            a folder that `kgan.presets.save` wrote; or `hf://OWNER/NAME`.
        data: Training images whose nearest are shown: a folder, or the name
            of a data set that is on this machine; `None` for none.
        split, data_dir: Of the data, as of `kgan.data.load`.
        host: Address to listen on. With any but the default other machines
            can see the page.
        port: Port to listen on; `None` for the first free one from 7860.

    Yields:
        The address of the page.

    Raises:
        ImportError: If the extra `kgan[explore]` is not installed.
        ValueError: If an argument is not as above, or of the file or data.
        OSError: If the port cannot be listened on.

    Example:

    ```py
    with kgan.explore.serve("digits", data="digits") as address:
        input(f"{address}, until you press Enter ")
    ```
    """
    check_installed()
    check_text("host", host)
    if port is not None:
        check_integer("port", port, 1, 65_535)
    generator = chosen_generator(source)
    shape = generator.output_shape[1:]
    neighbours = None
    if data is not None:
        neighbours = Neighbours(data, shape, split, data_dir)
    explorer = Explorer(generator)
    # Holds pictures until the page is closed.
    with tempfile.TemporaryDirectory(prefix="kgan-explore-") as folder:
        with _gradio_in(folder):
            yield from _served(
                explorer, neighbours, _title(source), Path(folder), host, port
            )


def _title(source: Any) -> str:
    name = getattr(source, "name", source)
    return Path(str(name)).stem


@contextmanager
def _gradio_in(folder: str) -> Iterator[None]:
    """Sets what Gradio reads from the environment, and restores it."""
    settings = {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_TEMP_DIR": folder}
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _served(
    explorer: Explorer,
    neighbours: Neighbours | None,
    title: str,
    folder: Path,
    host: str,
    port: int | None,
) -> Iterator[str]:
    from kgan.explore.look import CSS, theme
    from kgan.explore.page import page

    place = folder / f"{title}.keras"
    files.write_bytes(place, files.model_bytes(explorer.generator))
    blocks = page(explorer, neighbours, title, place)
    try:
        _, address, _ = blocks.launch(
            server_name=host,
            server_port=port,
            share=False,
            inbrowser=False,
            quiet=True,
            prevent_thread_lock=True,
            show_error=True,
            footer_links=[],
            ssr_mode=False,
            pwa=False,
            mcp_server=False,
            enable_monitoring=False,
            theme=theme(),
            css=CSS,
            app_kwargs={
                "middleware": [_middleware()],
                "docs_url": None,
                "redoc_url": None,
            },
        )
        yield address
    finally:
        blocks.close(verbose=False)


def _middleware() -> Any:
    from starlette.middleware import Middleware

    return Middleware(_WithPolicy)


class _WithPolicy:
    """Adds the policy to each answer."""

    def __init__(self, app: Any):
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                policy = b"content-security-policy", POLICY.encode()
                headers = [*message.get("headers", []), policy]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, sent)

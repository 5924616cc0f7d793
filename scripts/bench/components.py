"""The guests that are measured: built when they are missing, and compiled as a runner compiles them."""

import asyncio
from pathlib import Path

import flooring
from timing import say
from wasmtime import Engine

from cli.author import toolchain
from cli.author.files import tree_digest
from kernel.digest import Digest
from runner.compile.artifacts import Artifacts
from tests import guests as small

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
JS, PYTHON = HERE / "guests" / "js", HERE / "guests" / "python"
SPIDERMONKEY, QUICKJS, CPYTHON = "SpiderMonkey", "QuickJS", "CPython"
COMPONENTS = {
    SPIDERMONKEY: JS / "dist" / "spidermonkey.wasm",
    QUICKJS: JS / "dist" / "quickjs.wasm",
    CPYTHON: PYTHON / "dist" / "cpython.wasm",
}
CACHE = ROOT / "build" / "bench"  # compiled code of this checkout, by content and engine
ARTIFACTS = Artifacts.folder(CACHE / "artifacts")
MIB = 1 << 20


def wasm(name: str) -> Path:
    """The component of a guest: one of COMPONENTS, or of tests/guests."""
    if name in COMPONENTS:
        return _fresh(COMPONENTS[name])
    path = CACHE / f"{name}.wasm"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(small.component(name))
    return path


def _fresh(component: Path) -> Path:
    folder = component.parents[1]
    stamp, sources = (
        component.with_suffix(".sources"),
        tree_digest(folder, lambda name: not name.startswith("dist/"), [toolchain.WIT.read_bytes()]),
    )
    if not component.exists() or not stamp.exists() or stamp.read_text() != sources:
        say(f"building {component.relative_to(ROOT)}")
        component.parent.mkdir(exist_ok=True)
        (toolchain.npm_build if folder == JS else toolchain.componentize_python)(folder, component)
        for built in component.parent.glob("*.wasm"):
            built.with_suffix(".sources").write_text(sources)
    return component


def artifact(name: str) -> Path:
    """The compiled component, below ARTIFACTS."""
    path = wasm(name)

    async def get() -> Path:
        artifacts = Artifacts(CACHE / "artifacts", max_bytes=4 << 30)
        found, compiled = await artifacts.get(Digest.of(path.read_bytes()), path)
        if compiled:
            say(f"compiled {name} for the runner")
        await artifacts.close()
        return found

    return asyncio.run(get())


def floor(engine: Engine, name: str, url: str) -> flooring.Floor:
    """What the guest costs inside wasmtime alone; `engine` is one of `flooring.engine`."""
    path = wasm(name)
    CACHE.mkdir(parents=True, exist_ok=True)
    key = Digest.of(path.read_bytes() + Path(flooring.__file__).read_bytes() + flooring.VERSION.encode()).hex[:32]
    return flooring.Floor(engine, flooring.load(engine, path, CACHE / f"floor-{key}.cwasm"), flooring.request("GET", url))

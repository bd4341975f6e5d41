"""Read the catalog and hold it to its rules. Every fault is kept with its place; what is not faulty is served."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError

from knowledge.catalog.catalog import Catalog, Shelf, Unserved
from knowledge.catalog.checks import CHECKS, Names, Worded, clashes, cycle_fault, cycles
from knowledge.catalog.content import segments_named
from knowledge.catalog.faults import Fault, field_fault
from knowledge.catalog.nearest import nearest
from knowledge.catalog.pins import FILE as PINS
from knowledge.catalog.pins import Pin, read_pins
from knowledge.catalog.rows import Row, read_rows
from knowledge.errors import QueryError
from knowledge.model import Dimension, Measure, Metric, Source, Value
from knowledge.segments import Segment
from knowledge.segments.naming import check_references
from knowledge.segments.saved import SavedSegments
from knowledge.text import Text

__all__ = ["FOLDER", "Catalog", "load_catalog", "nearest"]

FOLDER = Path(__file__).parent
KINDS: Mapping[str, type[BaseModel]] = MappingProxyType(
    {"source": Source, "dimension": Dimension, "measure": Measure, "segment": Segment, "metric": Metric}
)
_FILES = {
    "sources.yaml": "source",
    "dimensions.yaml": "dimension",
    "measures.yaml": "measure",
    "segments.yaml": "segment",
}
_OWN = ("sources.yaml", "measures.yaml")
"""The files beside metrics that a workspace's own catalog may have."""


def load_catalog(home: Path | None = None, *, folder: Path = FOLDER) -> Catalog:
    """Return the catalog read from ``folder`` and, where there is one, from the ``catalog`` folder of a workspace.

    It never raises: what is wrong in the files is in ``faults``, and the entries concerned are in ``unserved``.
    """
    own = home / "catalog" if home else None
    folders = (folder, own) if own and own.is_dir() else (folder,)
    saved = sorted((home / "segments").glob("*.json")) if home else []
    files = [path for each in folders for path in sorted(each.rglob("*.yaml"))]
    stamps = tuple(_stamp(path) for path in files)
    return _load_saved(folders, stamps, home, tuple(_stamp(path) for path in saved)) if home else _load(folders, stamps)


def _stamp(path: Path) -> tuple[str, int, int]:
    stat = path.stat()
    return str(path), stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=8)
def _load(folders: tuple[Path, ...], _: tuple[tuple[str, int, int], ...]) -> Catalog:
    reading = _Reading()
    for number, folder in enumerate(folders):
        reading.read(folder, own=number > 0)
    reading.check()
    return reading.catalog()


@lru_cache(maxsize=8)
def _load_saved(
    folders: tuple[Path, ...],
    stamps: tuple[tuple[str, int, int], ...],
    home: Path,
    _: tuple[tuple[str, int, int], ...],
) -> Catalog:
    return _with_saved(_load(folders, stamps), home)


@dataclass
class _Reading:
    """What has been read so far: entries by kind and id, their rows, and what is wrong."""

    entries: dict[str, dict[str, Any]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)
    pins: dict[str, Pin] = field(default_factory=dict)
    defined: list[tuple[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    broken: dict[tuple[str, str], list[Fault]] = field(default_factory=dict)

    def read(self, folder: Path, *, own: bool) -> None:
        """Read the files of a folder."""
        for path, kind in _files(folder, own=own):
            rows, faults = read_rows(path)
            for fault in faults:
                self._blame(kind, fault.entry, [fault])
            for row in rows:
                self._take(kind, row, folder)
        pins, faults = read_pins(folder)
        self.pins |= {name: pin for name, pin in pins.items() if self.folders.get(name) == folder}
        self.faults += faults

    def _take(self, kind: str, row: Row, folder: Path) -> None:
        model = KINDS[kind]
        name = str(row.data.get("id", "")) if isinstance(row.data, dict) else ""
        if (kind, name) in self.rows:
            first = self.rows[kind, name]
            text = Text(f"重复定义，已在 {_at(first)}。", f"It is defined already, at {_at(first)}.")
            self.faults.append(Fault("twice", name, row.file, row.line, text))
            return
        faults = [Fault("key", name, row.file, line, _twice(key)) for key, line in row.repeated_keys()]
        try:
            self.entries[kind][name] = model.model_validate(row.data)
        except ValidationError as error:
            faults += [
                Fault("field", name, row.file, row.line_of(e["loc"]), field_fault(model, e)) for e in error.errors()
            ]
        if name:
            self.rows[kind, name] = row
            if kind == "metric":
                self.folders[name] = folder
        self._blame(kind, name, faults)

    def _blame(self, kind: str, name: str, faults: Iterable[Fault]) -> None:
        """Keep the faults of an entry and take it out of what is served."""
        if name and (kind, name) not in self.defined:
            self.defined.append((kind, name))
        for fault in faults:
            self.faults.append(fault)
            self.broken.setdefault((kind, name), []).append(fault)

    def check(self) -> None:
        """Hold the entries to the rules that they keep among themselves."""
        defined = {kind: [name for k, name in self.defined if k == kind] for kind in KINDS}
        names = Names(defined["source"], defined["dimension"], defined["measure"], defined["segment"])
        for kind, check in CHECKS.items():
            for name, entry in self.entries[kind].items():
                self._blame(kind, name, list(check(entry, self.rows[kind, name], names)))
        segments = self.entries["segment"]
        for way in cycles({name: segments_named(segment) for name, segment in segments.items()}):
            self._blame("segment", way[0], [cycle_fault(self.rows["segment", way[0]], way)])
        self._check_words()
        self._check_broken_parts()

    def _check_words(self) -> None:
        """Blame whatever shares a word with another: of two metrics the one that is not vetted, else the later."""
        held = sorted(self.entries["metric"].values(), key=lambda metric: not self._is_vetted(metric))
        metrics = [Worded(m.id, m.names, m.synonyms, self.rows["metric", m.id]) for m in held]
        for name, fault in clashes(metrics, Text("指标", "metric")):
            self._blame("metric", name, [fault])
        dimensions: dict[str, Dimension] = self.entries["dimension"]
        rows = {name: self.rows["dimension", name] for name in dimensions}
        for name, fault in clashes(
            [Worded(d.id, d.names, d.synonyms, rows[d.id]) for d in dimensions.values()], Text("维度", "dimension")
        ):
            self._blame("dimension", name, [fault])
        for dimension in list(dimensions.values()):
            wrong = dict(clashes(list(_values(dimension, rows[dimension.id])), Text("取值", "value")))
            self.faults += [replace(fault, entry=dimension.id) for fault in wrong.values()]
            kept = tuple(value for value in dimension.values if str(value.id) not in wrong)
            dimensions[dimension.id] = dimension.model_copy(update={"values": kept})

    def _check_broken_parts(self) -> None:
        """Blame entries that are made of broken ones: measures of sources and segments, then metrics of measures."""
        for measure in self.entries["measure"].values():
            named = {("source", s) for s in _under(measure, "source")} | {
                ("segment", s) for s in _under(measure, "segment")
            }
            self._blame_for_parts("measure", measure.id, named)
        for metric in self.entries["metric"].values():
            self._blame_for_parts("metric", metric.id, {("measure", m) for m in metric.measures})

    def _blame_for_parts(self, kind: str, name: str, named: set[tuple[str, str]]) -> None:
        for part in sorted(named & self.broken.keys()):
            first = self.broken[part][0]
            text = Text(
                f"它用到的 {part[1]} 有错误，见 {first.place}。",
                f"It is built from {part[1]}, which is broken: see {first.place}.",
            )
            row = self.rows[kind, name]
            self._blame(kind, name, [Fault("part", name, row.file, row.line_with(part[1]) or row.line, text)])

    def _is_vetted(self, metric: Metric) -> bool:
        pin = self.pins.get(metric.id)
        return pin is not None and self._complete(metric) and self._whole.content_hash(metric) == pin.content

    def _complete(self, metric: Metric) -> bool:
        return all(measure in self.entries["measure"] for measure in metric.measures)

    @property
    def _whole(self) -> Catalog:
        """Everything that could be read, faulty entries with it."""
        e = self.entries
        return Catalog(e["source"], e["dimension"], e["measure"], e["metric"], e["segment"])

    def catalog(self) -> Catalog:
        """Return what was read: the vetted metrics to be served, the others with why they are not."""
        sound = {
            kind: {name: entry for name, entry in entries.items() if (kind, name) not in self.broken}
            for kind, entries in self.entries.items()
        }
        segments, dimensions = sound["segment"], sound["dimension"]
        if "segment" in dimensions:
            dimensions["segment"] = _with_segments(dimensions["segment"], segments.values())
        shelf = Shelf(self.rows, self.folders, self.pins)
        whole = Catalog(sound["source"], dimensions, sound["measure"], sound["metric"], segments, {}, (), shelf)
        unserved = {u.id: u for u in self._unserved(whole)}
        served = {name: metric for name, metric in sound["metric"].items() if name not in unserved}
        return replace(whole, metrics=served, unserved=unserved, faults=tuple(self.faults))

    def _unserved(self, whole: Catalog) -> Iterator[Unserved]:
        for kind, name in self.defined:
            if kind != "metric":
                continue
            if (kind, name) in self.broken:
                yield Unserved(name, "broken", pin=self.pins.get(name), faults=tuple(self.broken[kind, name]))
            elif (unserved := _unvetted(whole, whole.metrics[name], self.pins.get(name))) is not None:
                yield unserved


def _unvetted(catalog: Catalog, metric: Metric, pin: Pin | None) -> Unserved | None:
    """Return why a sound entry is not served, or None for a vetted one."""
    if metric.status != "vetted":
        return Unserved(metric.id, metric.status, metric, pin)
    if pin is None:
        return Unserved(metric.id, "new", metric)
    parts = catalog.parts(metric)
    if parts.content == pin.content:
        return None
    return Unserved(metric.id, "changed", metric, pin, tuple(parts.changed_from(pin.parts)))


def _files(folder: Path, *, own: bool) -> Iterator[tuple[Path, str]]:
    """Yield the files of a catalog folder with the kind of their entries; metrics last."""
    kinds = {name: kind for name, kind in _FILES.items() if not own or name in _OWN}
    for name, kind in kinds.items():
        if (folder / name).exists() or not own:
            yield folder / name, kind
    loose = [path for path in sorted(folder.glob("*.yaml")) if path.name not in (*kinds, PINS)] if own else []
    for path in (*loose, *sorted((folder / "metrics").glob("*.yaml"))):
        yield path, "metric"


def _with_saved(catalog: Catalog, home: Path) -> Catalog:
    """Return the catalog with the segments that people saved; a damaged file, or one that leads nowhere, is a fault."""
    saved = SavedSegments(home)
    found = {name: each.segment for name, each in saved.all().items() if name not in catalog.segments}
    faults = [Fault("field", "", each.path, 1, each.why) for each in saved.damaged()]
    sound: dict[str, Segment] = {}
    for name, segment in found.items():
        try:
            check_references(name, segment.definition, {**catalog.segments, **found})
            sound[name] = segment
        except QueryError as error:
            faults.append(Fault("part", name, saved.folder, 1, error.text))
    if not sound and not faults:
        return catalog
    segments, dimensions = {**catalog.segments, **sound}, dict(catalog.dimensions)
    if "segment" in dimensions:
        dimensions["segment"] = _with_segments(dimensions["segment"], segments.values())
    return replace(catalog, segments=segments, dimensions=dimensions, faults=(*catalog.faults, *faults))


def _with_segments(dimension: Dimension, segments: Iterable[Segment]) -> Dimension:
    """Return the dimension ``segment`` with the ready-made segments as its values."""
    values = tuple(Value(id=s.id, names=s.names, synonyms=s.synonyms) for s in segments)
    return dimension.model_copy(update={"values": values})


def _values(dimension: Dimension, row: Row) -> Iterator[Worded]:
    for number, value in enumerate(dimension.values):
        yield Worded(str(value.id), value.names, value.synonyms, row, ("values", number))


def _under(entry: BaseModel, key: str) -> Sequence[str]:
    """Return the texts that stand under ``key`` anywhere in an entry."""
    found: list[str] = []
    waiting: list[Any] = [entry.model_dump(mode="json", exclude_none=True)]
    while waiting:
        data = waiting.pop()
        if isinstance(data, dict):
            found += [value for name, value in data.items() if name == key and isinstance(value, str)]
            waiting += list(data.values())
    return found


def _twice(key: str) -> Text:
    return Text(f"键 {key} 在同一处写了两次。", f"The key {key} stands twice in one place.")


def _at(row: Row) -> str:
    return Fault("", "", row.file, row.line, Text("", "")).place

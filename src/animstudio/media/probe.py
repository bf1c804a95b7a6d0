"""temp"""
from __future__ import annotations
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
@dataclass(frozen=True)
class FilmProbe:
    path: Path; video_index: int; width: int; height: int; pixel_aspect: Fraction; rotation: int
    bits: int; transfer: str; colour_space: int; full_range: bool; rate: Fraction; time_base: Fraction
    start: Fraction; duration: float|None
def probe(path):
    from animstudio.media.container import open_container
    with open_container(path) as c:
        s=c.streams.video[0]
        return FilmProbe(path,s.index,s.codec_context.width,s.codec_context.height,Fraction(s.sample_aspect_ratio or 1),0,s.codec_context.format.components[0].bits,'sdr',s.codec_context.colorspace,s.codec_context.color_range==2,s.average_rate,s.time_base,(s.start_time or 0)*s.time_base,float(s.duration*s.time_base) if s.duration else (c.duration or 0)/1e6)

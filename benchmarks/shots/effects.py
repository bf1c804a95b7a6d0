"""What happens inside a shot and is no cut: flashes, strobes, bursts, whip pans, zooms, titles."""

from __future__ import annotations

import cv2
import numpy as np
from drawn import HEIGHT, WIDTH, Picture, Source


def flash(rng: np.random.Generator, of: Source, at: float, rate: float) -> Source:
    """White (or blown out, or black) for one to four frames."""
    last = at + int(rng.integers(1, 5)) / rate - 1e-6
    strength = rng.uniform(0.55, 1.0)
    level = 255 if rng.random() < 0.8 else 0

    def draw(seconds: float) -> Picture:
        picture = of.draw(seconds)
        if at <= seconds + 1e-6 < last:
            return np.uint8(picture * (1 - strength) + level * strength)
        return picture

    return Source(f"{of.name}+flash", draw)


def strobe(rng: np.random.Generator, of: Source, at: float, rate: float) -> Source:
    """Light that goes on and off every one to three frames, for half a second or more."""
    last, beat = at + rng.uniform(0.4, 1.0), int(rng.integers(1, 4))
    strength = rng.uniform(0.5, 0.95)

    def draw(seconds: float) -> Picture:
        picture = of.draw(seconds)
        on = at <= seconds < last and int((seconds - at) * rate + 1e-6) // beat % 2 == 0
        return np.uint8(picture * (1 - strength) + 255 * strength) if on else picture

    return Source(f"{of.name}+strobe", draw)


def burst(rng: np.random.Generator, of: Source, at: float, rate: float) -> Source:
    """An explosion: light grows from a point in two or three frames and dies in half a second."""
    x, y = rng.uniform(0.2, 0.8) * WIDTH, rng.uniform(0.3, 0.8) * HEIGHT
    grow, fade = rng.uniform(2, 3) / rate, rng.uniform(0.4, 0.9)
    rows, cols = np.mgrid[0:HEIGHT, 0:WIDTH]
    away = np.hypot(rows - y, cols - x)[..., None] / WIDTH
    fire = np.array([150, 225, 255])

    def draw(seconds: float) -> Picture:
        picture, since = of.draw(seconds), seconds - at
        if not 0 <= since < grow + fade:
            return picture
        power = since / grow if since < grow else 1 - (since - grow) / fade
        light = np.clip(power * 2.2 - away * 1.6, 0, 1)
        return np.uint8(picture * (1 - light) + fire * light)

    return Source(f"{of.name}+burst", draw)


def lights(rng: np.random.Generator, of: Source, at: float, rate: float) -> Source:
    """Somebody switches the light off (or on) and it stays so."""
    dim, on = rng.uniform(0.3, 0.5), rng.random() < 0.5

    def draw(seconds: float) -> Picture:
        dark = (seconds < at) == on
        return np.uint8(of.draw(seconds) * dim) if dark else of.draw(seconds)

    return Source(f"{of.name}+lights", draw)


def whip(rng: np.random.Generator, of: Source, at: float, rate: float) -> Source:
    """A pan over more than a picture's width in about a third of a second, with motion blur."""
    travel, lasting = rng.uniform(1.0, 2.0) * WIDTH * rng.choice([-1, 1]), rng.uniform(0.25, 0.45)

    def shown(seconds: float, shift: float) -> Picture:
        picture = of.draw(seconds)
        wide = np.hstack([picture, picture[:, ::-1]])
        return np.roll(wide, -round(shift), axis=1)[:, :WIDTH]

    def ease(seconds: float) -> float:
        k = np.clip((seconds - at) / lasting, 0, 1)
        return float(travel * k * k * (3 - 2 * k))

    def draw(seconds: float) -> Picture:
        here, after = ease(seconds), ease(seconds + 0.5 / rate)
        picture = shown(seconds, here)
        blur = int(abs(after - here))
        return cv2.blur(picture, (blur, 1)) if blur > 1 else picture

    return Source(f"{of.name}+whip", draw)


def zoom(rng: np.random.Generator, of: Source, at: float, rate: float) -> Source:
    """A crash zoom, in or out."""
    lasting, much, inwards = rng.uniform(0.3, 0.7), rng.uniform(1.6, 2.6), rng.random() < 0.6

    def draw(seconds: float) -> Picture:
        k = float(np.clip((seconds - at) / lasting, 0, 1))
        scale = much ** (k if inwards else 1 - k)
        matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), 0, scale)
        return cv2.warpAffine(of.draw(seconds), matrix, (WIDTH, HEIGHT))

    return Source(f"{of.name}+zoom", draw)


def passing(rng: np.random.Generator, of: Source, at: float, rate: float) -> Source:
    """Something big passes close to the camera."""
    lasting, wide = rng.uniform(0.4, 0.8), int(rng.uniform(0.5, 0.9) * WIDTH)
    colour = tuple(int(c) for c in rng.integers(20, 230, 3))

    def draw(seconds: float) -> Picture:
        picture, k = of.draw(seconds), (seconds - at) / lasting
        if 0 <= k <= 1:
            left = int(-wide + k * (WIDTH + wide))
            cv2.ellipse(picture, (left + wide // 2, HEIGHT // 2), (wide // 2, int(HEIGHT * 0.6)),
                        0, 0, 360, colour, -1)  # fmt: skip
        return picture

    return Source(f"{of.name}+passing", draw)


def caption(rng: np.random.Generator, of: Source, at: float, rate: float) -> Source:
    """A title that fades in over the picture, stays, and fades out."""
    words, half = str(rng.choice(["BIG BUCK", "CHAPTER 3", "LATER..."])), rng.uniform(0.3, 0.6)
    plate = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.putText(plate, words, (20, 100), cv2.FONT_HERSHEY_DUPLEX, 1.7, 255, 6, cv2.LINE_AA)

    def draw(seconds: float) -> Picture:
        k = np.clip(min((seconds - at) / half, (at + 3 * half - seconds) / half), 0, 1)
        mask = plate[..., None] * (k / 255)
        return np.uint8(of.draw(seconds) * (1 - mask) + 250 * mask)

    return Source(f"{of.name}+caption", draw)


def held(rng: np.random.Generator, of: Source, at: float, rate: float) -> Source:
    """The whole picture on twos or threes: most neighbours are exactly equal."""
    hold = int(rng.choice([2, 3]))
    return Source(
        f"{of.name}+held", lambda seconds: of.draw(int(seconds * 24 + 1e-6) // hold * hold / 24)
    )


LIGHT = (flash, flash, strobe, burst, lights)
CAMERA = (whip, zoom, passing)
ANY = (flash, strobe, burst, whip, zoom, passing, caption)

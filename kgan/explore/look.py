"""How the page looks: the fonts of the system, pixels as squares."""

from typing import Any

import gradio as gr

SYSTEM_FONTS = ["system-ui", "sans-serif"]
MONO_FONTS = ["ui-monospace", "monospace"]
CSS = """
.gradio-container { max-width: 1400px !important; }
#picture img, #way img { width: 100%; height: 100%; object-fit: contain; }
.pixels img { image-rendering: pixelated; }
#samples, #near { height: auto !important; min-height: 0; }
.grid-wrap { height: auto !important; min-height: 0 !important;
  max-height: none !important; padding: 4px !important; }
.grid-container { padding: 0 !important; gap: 4px !important;
  grid-template-columns: repeat(6, minmax(0, 1fr)) !important; }
#near .grid-container {
  grid-template-columns: repeat(4, minmax(0, 1fr)) !important; }
.caption-label { font-size: 11px !important; padding: 0 4px !important; }
@media (max-width: 600px) {
  #samples .grid-container {
    grid-template-columns: repeat(4, minmax(0, 1fr)) !important; } }
"""


def theme() -> Any:
    """Returns the look of the page, with the fonts of the system."""
    return gr.themes.Default(font=SYSTEM_FONTS, font_mono=MONO_FONTS)

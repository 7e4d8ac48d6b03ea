"""Samples as pictures: grids, plots, animations, and the latents of them."""

from kgan.images.grid import image_grid as image_grid
from kgan.images.interpolation import interpolate as interpolate
from kgan.images.interpolation import latent_walk as latent_walk
from kgan.images.normal_latents import latents as latents
from kgan.images.samples import check_drawable as check_drawable
from kgan.images.samples import check_gif_path as check_gif_path
from kgan.images.samples import check_png_path as check_png_path
from kgan.images.samples import is_drawable as is_drawable
from kgan.images.saving import save_animation as save_animation
from kgan.images.saving import save_grid as save_grid
from kgan.images.truncation import truncate as truncate

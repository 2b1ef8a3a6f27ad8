"""Small images."""

from PIL import Image

images = [Image.linear_gradient("L").resize((size, size)) for size in range(16, 32, 2)]

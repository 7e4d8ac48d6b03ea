"""Converts Keras's weights to PyTorch's order of axes, and back."""

# Of dense kernels, and of convolutions', transposed or not.
TO_TORCH = {2: (1, 0), 4: (3, 2, 0, 1)}
TO_KERAS = {2: (1, 0), 4: (2, 3, 1, 0)}


class Layout:
    """Knows `case`, and the generator's first `size` and `last`.

    Where channels come last in memory, so do those of arrays that span images.
    """

    def generator_from_keras(self, w):
        if not self.case.convolutional:
            return transposed(w, TO_TORCH)
        first, *rest = w
        if not self.last:
            shape = (len(first), self.size, self.size, -1)
            first = first.reshape(shape).transpose(0, 3, 1, 2)
        return [first.reshape(len(w[0]), -1).T, *transposed(rest, TO_TORCH)]

    def generator_to_keras(self, w):
        if not self.case.convolutional:
            return transposed(w, TO_KERAS)
        first, *rest = w
        first = first.T
        if not self.last:
            shape = (len(first), -1, self.size, self.size)
            first = first.reshape(shape).transpose(0, 2, 3, 1)
        first = first.reshape(w[0].T.shape)
        return [first, *transposed(rest, TO_KERAS)]

    def critic_from_keras(self, w):
        if not self.case.convolutional or self.last:
            return transposed(w, TO_TORCH)
        *w, kernel, bias = w
        w = [a.transpose(2, 0, 1) if a.ndim == 3 else a for a in w]
        kernel = kernel.reshape(self.size, self.size, -1).transpose(2, 0, 1)
        return [*transposed(w, TO_TORCH), kernel.reshape(1, -1), bias]

    def critic_to_keras(self, w):
        if not self.case.convolutional or self.last:
            return transposed(w, TO_KERAS)
        *w, kernel, bias = w
        w = [a.transpose(1, 2, 0) if a.ndim == 3 else a for a in w]
        kernel = kernel.reshape(-1, self.size, self.size).transpose(1, 2, 0)
        return [*transposed(w, TO_KERAS), kernel.reshape(-1, 1), bias]


def transposed(weights, axes):
    """Returns kernels in the other library's layout."""
    return [a.transpose(axes[a.ndim]) if a.ndim in axes else a for a in weights]

"""`train_on_batch` trains on the batch that it is given."""

import games
import keras


def test_each_step_is_of_its_own_samples():
    x = games.points(64)
    keras.utils.set_random_seed(0)
    whole = games.game()
    whole.fit(x, batch_size=games.BATCH, shuffle=False, verbose=0)
    keras.utils.set_random_seed(0)
    single = games.game()
    for batch in games.cut(x, 2 * games.BATCH):
        single.train_on_batch(batch)
    assert games.distance(games.weights(whole), games.weights(single)) < 1e-7

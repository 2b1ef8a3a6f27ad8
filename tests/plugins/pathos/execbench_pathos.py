"""pathos: worker processes that take functions of any kind, pickled by dill."""

from pathos.pools import ProcessPool


class backend(ProcessPool):
    def __exit__(self, *_):
        self.terminate()
        self.join()
        self.clear()  # pathos would keep it for the next ProcessPool

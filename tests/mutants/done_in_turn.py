"""Says that a call is done only once all calls before it are."""

from concurrent.futures import Future, ThreadPoolExecutor

caught_by = "submit_as_completed"


class backend(ThreadPoolExecutor):
    last = None

    def submit(self, fn, /, *args):
        before, self.last = self.last, Future()
        mine, later = super().submit(fn, *args), self.last

        def pass_on(_):
            if mine.exception() is None:
                later.set_result(mine.result())
            else:
                later.set_exception(mine.exception())

        if before is None:
            mine.add_done_callback(pass_on)
        else:
            before.add_done_callback(lambda _: mine.add_done_callback(pass_on))
        return later

"""
Several runs of `sad_scale train` one after another on the same ranks, as Python and torchrun take long to
begin.

    trainAll.py FILE

FILE is JSON: a list of {"arguments": […], "stopAt"?: step, "kill"?: {"rank", "step", "once": path}, "wrong"?:
true}. A run is asked to end at `stopAt` as by a signal; at the step of `kill` the rank dies by SIGKILL,
unless the file `once` is there, which it leaves behind. What goes wrong ends all, but where `wrong` expects
it: then the first rank prints it as a line of JSON.
"""

import json
import os
import signal
import sys

from sad_scale import train
from sad_scale.errors import ScaleError
from sad_scale.parallel import open_ranks
from sad_scale.trainer import Trainer

take_step = Trainer.take_step


def watched(run, ranks):
    """`Trainer.take_step` with what a run is to suffer."""
    kill = run.get("kill")

    def step(self, stop=False, problem=None):
        if (
            kill
            and ranks.rank == kill["rank"]
            and self.step == kill["step"]
            and not os.path.exists(kill["once"])
        ):
            open(kill["once"], "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return take_step(self, stop or self.step == run.get("stopAt"), problem)

    return step


def main():
    with open(sys.argv[1]) as file:
        runs = json.load(file)
    ranks = open_ranks("cpu")
    for run in runs:
        Trainer.take_step = watched(run, ranks)
        try:
            train.run(train.parser().parse_args(run["arguments"]), ranks)
        except ScaleError as error:
            if not run.get("wrong"):
                raise
            if ranks.is_first:
                print(json.dumps({"wrong": str(error)}), flush=True)
    ranks.close()


main()

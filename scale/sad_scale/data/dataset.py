"""Everything a run trains on and is measured on (workers/dataset/dataset.ts)."""

from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, List, Optional, Sequence, Tuple

from ..errors import ScaleError
from ..trajectories import SPAN_KINDS
from .curriculum import Weights, difficulty_of, order_of
from .labels import Run
from .packing import pack_rows
from .row_counts import RowCounts, capped_tokens, is_weightless, parts_of
from .rows import Packs, Rows, RowTable
from .split import split_held_out
from .store import TokenStore
from .token_weights import WeighedRun, Weighing
from .windows import Loss, cut_windows, window_runs

#: The lab's batches are a multiple of 32 long.
LENGTH_STEP = 32


@dataclass
class Dataset:
    """
    :ivar train: in curriculum order
    :ivar packs: the same side by side in rows of batches, where several may share one; else each window is a
      row
    :ivar held_out: in the order of the trajectories
    :ivar row_length: T of every batch: the longest row rounded up to a multiple of 32, at most the recipe's
      contextLength
    :ivar end_of_text_id: fills rows up to row_length
    :ivar report: what became of the trajectories on their way into rows, as the lab's DatasetReport
    """

    train: Rows
    packs: Optional[Packs]
    held_out: Rows
    row_length: int
    end_of_text_id: int
    report: Dict[str, Any]


def build_dataset(
    trajectories: Sequence[Any],
    tokenizer: Any,
    recipe: Any,
    entropies: Optional[Sequence[float]] = None,
    store: Optional[TokenStore] = None,
) -> Dataset:
    """
    Trajectories to training and held-out rows, a function of its arguments alone. In the report
    `truncatedSteps`, `cut` and `shortenedPrompts` count both splits; the other counts that do not say so are
    of training rows. Held-out rows are measured as they are, all tokens with weight 1, so that runs with
    other weights can be compared.

    :param entropies: mean teacher entropy on act tokens by trajectory, nats, for the third term of C(τ); 0
      where absent
    :param store: the tokens of the trajectories, where they are there already
    :raises ScaleError: when no training row holds a token that the objective weighs
    """
    if store is None:
        store = TokenStore.in_memory(trajectories, tokenizer)
    measured = () if entropies is None else entropies
    return _Builder(store, recipe, measured).build(tokenizer.end_of_text_id)


class _Builder:
    def __init__(self, store: TokenStore, recipe: Any, entropies: Sequence[float]):
        self.store = store
        self.recipe = recipe
        self.entropies = entropies
        self.weighing = Weighing.of(recipe.objective)
        self.loss = Loss()
        self.unknown_outcomes = 0
        self.capped_tokens = 0
        self.weightless_rows = 0
        self.counts = RowCounts(weighed_kinds(recipe.objective))

    def build(self, end_of_text_id: int) -> Dataset:
        recipe = self.recipe
        train, held_out = split_held_out(len(self.store), recipe.data.heldOut, recipe.seed)
        rows, held_out_rows = self._rows(frozenset(held_out))
        self._refuse(len(rows), len(train))
        rows = rows.taken(order_of(rows.difficulties, recipe.curriculum.order, recipe.seed))
        packs = None
        longest = int(rows.lengths.max())
        if recipe.data.packing:
            lengths = rows.lengths.tolist()
            members = pack_rows(lengths, recipe.data.contextLength)
            longest = max(sum(lengths[place] for place in row) for row in members)
            packs = Packs(rows, members)
        if len(held_out_rows):
            longest = max(longest, int(held_out_rows.lengths.max()))
        row_length = min(recipe.data.contextLength, -(-longest // LENGTH_STEP) * LENGTH_STEP)
        packed_rows = len(rows if packs is None else packs)
        report = {
            "trajectories": len(self.store),
            "heldOutTrajectories": len(held_out),
            "rows": len(rows),
            "packedRows": packed_rows,
            "fill": int(rows.lengths.sum()) / (packed_rows * row_length),
            "heldOutRows": len(held_out_rows),
            "mixedRows": self.counts.mixed,
            "tokens": dict(zip(SPAN_KINDS, self.counts.tokens)),
            "emptyMaskRows": self.counts.empty_masks,
            "weightlessRows": self.weightless_rows,
            "unknownOutcomes": self.unknown_outcomes,
            "cappedTokens": self.capped_tokens,
            "truncatedSteps": self.loss.truncated_steps,
            "cut": self.loss.cut,
            "shortenedPrompts": self.loss.shortened_prompts,
        }
        return Dataset(rows, packs, held_out_rows, row_length, end_of_text_id, report)

    def _rows(self, held_out: FrozenSet[int]) -> Tuple[Rows, Rows]:
        """The rows to train on and those that are held out, each in the order of the trajectories."""
        train, rest = RowTable(), RowTable()
        curriculum = Weights(*(getattr(self.recipe.curriculum, name) for name in Weights._fields))
        length = self.recipe.data.contextLength
        for index, (runs, outcome) in enumerate(self.store.each()):
            entropy = self.entropies[index] if index < len(self.entropies) else 0.0
            difficulty = difficulty_of(runs, curriculum, entropy)
            windows = cut_windows(runs, length, self.loss)
            if index in held_out:
                for window in windows:
                    rest.add(index, window, difficulty)
                continue
            weighed = self.weighing.runs(runs, outcome)
            self.unknown_outcomes += not self.weighing.known(outcome)
            for window in windows:
                if self._counts(window_runs(runs, window), weighed):
                    train.add(index, window, difficulty)
        return train.rows(self.store, self.weighing), rest.rows(self.store, None)

    def _counts(self, runs: Sequence[Run], weighed: Optional[Sequence[WeighedRun]]) -> bool:
        """Counts what a row holds; false where nothing in it weighs anything."""
        parts = parts_of(runs, weighed)
        self.capped_tokens += capped_tokens(parts)
        if weighed is not None and is_weightless(parts):
            self.weightless_rows += 1
            return False
        self.counts.add(parts)
        return True

    def _refuse(self, in_play: int, for_training: int) -> None:
        """Says why there is nothing to train on, where there is nothing."""
        recipe = self.recipe
        if in_play == 0 and self.weightless_rows > 0:
            by = recipe.objective.weights.trajectory
            raise ScaleError(
                f'objective.weights.trajectory is "{by}" and each of the {for_training} training trajectories'
                f" weighs 0 (of {self.unknown_outcomes} the file does not tell how they ended), so there is"
                ' nothing to train on; choose "none", or load trajectories that succeeded.'
            )
        if len(self.store) == 0:
            raise ScaleError("No trajectories are loaded; export some from the lab before training.")
        if not self.counts.weighed_kinds:
            raise ScaleError(
                "Every weight in objective.lambda is 0, so no token is trained on; raise that of reason or"
                " act."
            )
        if not self.counts.trains:
            weighed = [SPAN_KINDS[kind] for kind in sorted(self.counts.weighed_kinds)]
            names = " or ".join(name for name in weighed if name != "other")
            raise ScaleError(
                f"None of the {for_training} training trajectories has a {names} token in a row of"
                f" {recipe.data.contextLength} tokens, so there is nothing to train on; look at their spans,"
                " or raise data.contextLength."
            )


def weighed_kinds(objective: Any) -> List[int]:
    """KIND_CODES of the kinds whose λ is above 0; `other` counts as an observation."""
    weights = objective["lambda"]
    kinds = {"reason": weights.reason, "act": weights.act, "observation": weights.observation}
    kinds["other"] = weights.observation
    return [SPAN_KINDS.index(kind) for kind, weight in kinds.items() if weight > 0]

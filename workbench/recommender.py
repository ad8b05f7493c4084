"""One variant at work: case -> candidates -> exemplars -> prompt -> method -> grounded ranking."""

from collections.abc import Callable, Hashable, MutableMapping, Sequence
from dataclasses import dataclass, field, replace

from workbench.catalogs.catalog import Catalog
from workbench.engine.protocol import Cancel, Engine, Sampling, Tokenizer, never
from workbench.errors import Problem, PromptTooLong, VariantError
from workbench.exemplars import Chosen, choose, show
from workbench.grounding import Meanings
from workbench.options import build_from
from workbench.prompts import Template, parse, render, render_answer, render_query
from workbench.prompts.parts import with_largest_part
from workbench.ranking import FUSIONS, METHODS
from workbench.ranking.consistency import rank_orders, shuffled
from workbench.ranking.contexts import draw_contexts
from workbench.ranking.fusion import MODEL, Fused, Fusion, Part, fuse
from workbench.ranking.order import to_ranked
from workbench.ranking.protocol import Outcome, Question, RankingMethod, first_inputs
from workbench.records import Candidate, Case, Exemplar, Prompt, PromptInputs, Ranking, Retrieved, Usage
from workbench.retrieval import SCORERS, retrieve
from workbench.retrieval.embeddings import Embeddings
from workbench.variant import Variant
from workbench.variant_checks import problems_of

OnProgress = Callable[[str, float], None]
Blocked = Callable[[Exemplar], str]
"""Why an exemplar may not be shown for this case, or "" when it may (see `exemplars.guard`)."""


def nothing_blocked(exemplar: Exemplar) -> str:
    return ""


def quiet(text: str, fraction: float) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is known before the model is asked."""

    case: Case
    retrieved: Retrieved
    chosen: Chosen
    inputs: PromptInputs


def prepare(
    variant: Variant,
    catalog: Catalog,
    case: Case,
    embeddings: Embeddings,
    *,
    blocked: Blocked = nothing_blocked,
    query: str | None = None,
) -> Prepared:
    """Candidates and exemplars of a case, looked up, ready to render. Raises VariantError, CatalogError, ModelError,
    and TemplateError where the template's query can't be rendered, unless `query` is given."""
    retrieved = retrieve(
        variant.retriever,
        catalog,
        case,
        n=variant.n_candidates,
        embeddings=embeddings,
        rules=variant.rules,
        diversity=variant.diversity,
        query=query_of(variant, catalog, case) if query is None else query,
    )
    chosen = choose(variant.exemplars, catalog, case, seed=variant.seed, embeddings=embeddings, blocked=blocked)
    inputs = replace(
        _first_known(variant, catalog, case),
        candidates=tuple(catalog.item(c.item_id) for c in retrieved.candidates),
        exemplars=tuple(show(e, catalog) for e in chosen.shown),
    )
    return Prepared(case, retrieved, chosen, inputs)


def query_of(variant: Variant, catalog: Catalog, case: Case) -> str:
    """What the template's `{% query %}` block asks retrieval for; "" without one. Raises TemplateError."""
    return render_query(parse(variant.template), _first_known(variant, catalog, case))


def _first_known(variant: Variant, catalog: Catalog, case: Case) -> PromptInputs:
    """What a template can read before there are candidates."""
    return PromptInputs(
        catalog=catalog.facts,
        description=case.description,
        history=tuple(catalog.item(i) for i in case.history),
        time=case.time,
        k=variant.k,
        parameters=variant.parameters,
        relation_names=tuple(catalog.meta.relations),
        neighbours=catalog.neighbours,
    )


def final_prompt(template: Template, inputs: PromptInputs, tokenizer: Tokenizer, *, step: str | None = None) -> Prompt:
    """The text that the model reads: rendered, control tokens broken, in the model's chat template if it is a chat."""
    return tokenizer.finish(render(template, inputs, control_tokens=tokenizer.control_tokens, step=step))


@dataclass(frozen=True, slots=True)
class Recommender:
    """A variant wired to a catalog, an engine and an embedder. Stateless; safe to share between threads."""

    variant: Variant
    catalog: Catalog
    template: Template
    method: RankingMethod
    fusion: Fusion
    engine: Engine
    embeddings: Embeddings
    memo: MutableMapping[str, Sequence[float]] = field(default_factory=dict)
    parts: MutableMapping[Hashable, Part] | None = None
    """What sources said of candidates before, for one who asks the same cases with many weights."""

    def recommend(
        self,
        case: Case,
        *,
        cancel: Cancel = never,
        on_progress: OnProgress = quiet,
        blocked: Blocked = nothing_blocked,
        shuffle: str = "",
    ) -> Ranking:
        """Rank the case's candidates. With `shuffle`, a seed, the prompt gives them in an order drawn with it in place
        of the retriever's. Raises WorkbenchError, and Cancelled once `cancel()` is true between passes."""
        on_progress("finding candidates", 0.05)
        prepared = prepare(self.variant, self.catalog, case, self.embeddings, blocked=blocked)
        if not prepared.retrieved.candidates:
            what = f"no candidates for case {case.id!r} from {self.variant.retriever.name}"
            raise VariantError(Problem(what, "candidate source", "choose another source, or describe the user"))
        inputs, usage = self._steps(prepared.inputs, cancel, on_progress)
        on_progress(f"ranking {len(inputs.candidates)} candidates", 0.3)
        question = self._question(prepared, inputs)
        question = shuffled(question, seed=shuffle) if shuffle else question
        outcome = self._ask(question, case, cancel, on_progress)
        fused = self._fuse(outcome, case, prepared.retrieved.candidates)
        return Ranking(
            case_id=case.id,
            variant_digest=self.variant.digest,
            ranked=to_ranked(outcome, prepared.retrieved.candidates, fused=fused),
            candidates=prepared.retrieved.candidates,
            exemplar_ids=tuple(e.id for e in prepared.chosen.shown),
            prompt=outcome.prompt,
            prompt_tokens=len(self.engine.tokenizer.encode(outcome.prompt.text)),
            lines=outcome.lines,
            output=outcome.output,
            steps=inputs.steps,
            removed=prepared.retrieved.removed,
            query=prepared.retrieved.query,
            model=self.engine.identity,
            usage=usage + outcome.usage,
            retrieval_seconds=prepared.retrieved.seconds,
            orders=outcome.orders,
            warnings=outcome.warnings + tuple(f"{r.exemplar_id}: {r.reason}" for r in prepared.chosen.refused),
        )

    def first_prompt(self, case: Case, *, blocked: Blocked = nothing_blocked) -> Prompt:
        """The prompt that `recommend` begins with; the model is not asked. Raises WorkbenchError."""
        prepared = prepare(self.variant, self.catalog, case, self.embeddings, blocked=blocked)
        inputs = first_inputs(prepared.inputs, self.method)
        steps = self.template.front.steps
        return final_prompt(self.template, inputs, self.engine.tokenizer, step=steps[0].name if steps else None)

    def _ask(self, question: Question, case: Case, cancel: Cancel, on_progress: OnProgress) -> Outcome:
        """The method's own answer over all orders; none where the fusion leaves the model out."""
        if self.fusion.used and MODEL not in self.fusion.used:
            return Outcome({}, question.render(first_inputs(question.inputs, self.method)))

        at, share, which = 0.3, 0.7, ""

        def on_order(order: int, orders: int) -> None:
            nonlocal at, share, which
            if orders > 1:
                at, share, which = 0.3 + 0.7 * (order - 1) / orders, 0.7 / orders, f" order {order} of {orders}"
                on_progress(f"ranking{which}", at)

        def within(text: str, fraction: float) -> None:
            on_progress(f"ranking{which}: {text}", at + share * fraction)

        try:
            return rank_orders(
                self.method,
                replace(question, on_progress=within),
                self.engine,
                self.variant.orders,
                seed=f"{self.variant.seed}:{case.id}",
                cancel=cancel,
                on_order=on_order,
            )
        except PromptTooLong as error:
            first = question.render(first_inputs(question.inputs, self.method))
            raise with_largest_part(error, first, self.engine.tokenizer) from error

    def fuse_anew(self, ranking: Ranking, case: Case) -> Ranking:
        """What `recommend` would give, out of the ranking that the same variant without a fusion has given: nothing is
        asked of the model again."""
        rows = ranking.ranked
        outcome = Outcome(
            scores={row.item_id: row.score for row in rows if row.score is not None},
            prompt=ranking.prompt,
            explanations={row.item_id: row.explanation for row in rows},
            chances={row.item_id: row.chances for row in rows},
            spread={row.item_id: row.spread for row in rows if row.spread is not None},
        )
        fused = self._fuse(outcome, case, ranking.candidates)
        ranked = to_ranked(outcome, ranking.candidates, fused=fused)
        return replace(ranking, variant_digest=self.variant.digest, ranked=ranked)

    def _fuse(self, outcome: Outcome, case: Case, candidates: Sequence[Candidate]) -> Fused | None:
        if not self.fusion.used:
            return None
        ids = [c.item_id for c in candidates]
        parts = {name: self._part(name, case, ids) for name in self.fusion.used if name != MODEL}
        return fuse(self.fusion, {MODEL: outcome.scores, **parts}, ids)

    def _part(self, name: str, case: Case, item_ids: Sequence[str]) -> Part:
        """What a source says of the candidates; {} where it has nothing to go by."""
        key = (name, self.variant.embedder, self.variant.model.model_dump_json(), case, tuple(item_ids))
        if self.parts is not None and key in self.parts:
            return self.parts[key]
        scores = SCORERS[name].scores(self.catalog, case, embeddings=self.embeddings)
        part = {i: scores[self.catalog.rows[i]] for i in item_ids} if scores else {}
        if self.parts is not None:
            self.parts[key] = part
        return part

    def _steps(self, inputs: PromptInputs, cancel: Cancel, on_progress: OnProgress) -> tuple[PromptInputs, Usage]:
        """Let the model write the template's earlier steps, each of which the later ones can read."""
        usage = Usage()
        for step in self.template.front.steps:
            on_progress(f"writing {step.name}", 0.1)

            def hear(text: str, name: str = step.name) -> None:
                on_progress(f"writing {name}\n{text}", 0.1)

            prompt = final_prompt(self.template, inputs, self.engine.tokenizer, step=step.name)
            sampling = Sampling(max_tokens=step.max_tokens, seed=self.variant.seed)
            try:
                written = self.engine.generate(prompt.text, sampling, cancel=cancel, on_text=hear)
            except PromptTooLong as error:
                raise with_largest_part(error, prompt, self.engine.tokenizer) from error
            inputs = replace(inputs, steps={**inputs.steps, step.name: written.text.strip()})
            usage += written.usage
        return inputs, usage

    def _question(self, prepared: Prepared, inputs: PromptInputs) -> Question:
        tokenizer = self.engine.tokenizer
        identity = self.engine.identity
        return Question(
            inputs=inputs,
            candidates=prepared.retrieved.candidates,
            render=lambda given: final_prompt(self.template, given, tokenizer),
            answer_text=lambda item: render_answer(self.template, item, control_tokens=tokenizer.control_tokens),
            titles=self.catalog.titles,
            labels=tuple(self.template.front.labels),
            verbaliser=self.template.front.verbaliser,
            seed=self.variant.seed,
            memo=self.memo,
            memo_scope=f"{identity.weights_sha256}:{identity.dtype}",
            released=self.catalog.released,
            meanings=Meanings(lambda texts: self.embeddings.embedder.encode(texts)),
            others=lambda n: draw_contexts(self.catalog, prepared.case, n, seed=self.variant.seed),
        )


def build(
    variant: Variant,
    catalog: Catalog,
    engine: Engine,
    embeddings: Embeddings,
    *,
    memo: MutableMapping[str, Sequence[float]] | None = None,
) -> Recommender:
    """Check everything that can be checked without spending, then wire. Raises VariantError with all problems."""
    problems = problems_of(variant, catalog)
    if problems:
        raise VariantError(*problems)
    method = build_from(METHODS, variant.method.name, variant.method.options, where="ranking method")
    fusion = build_from(FUSIONS, variant.fusion.name, variant.fusion.options, where="fusion")
    template = parse(variant.template)
    return Recommender(variant, catalog, template, method, fusion, engine, embeddings, memo if memo is not None else {})

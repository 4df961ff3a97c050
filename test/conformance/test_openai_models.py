from openai import OpenAI


def test_the_upstreams_models_are_listed(openai_client: OpenAI) -> None:
    ids = [model.id for model in openai_client.models.list()]

    assert {"gpt-4o-mini", "text-embedding-3-small", "gpt-image-2"} <= set(ids)


def test_one_model_is_found_by_its_id(openai_client: OpenAI) -> None:
    model = openai_client.models.retrieve("gpt-4o-mini")

    assert (model.id, model.object) == ("gpt-4o-mini", "model")

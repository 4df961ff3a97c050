from openai import OpenAI

MODEL = "gpt-4o-mini"
INPUT = "Name a fruit, s'il te plaît."
ANSWER = f"You said: {INPUT}"


def test_a_response_comes_back_whole(openai_client: OpenAI) -> None:
    response = openai_client.responses.create(model=MODEL, input=INPUT)

    assert response.status == "completed"
    assert response.output_text == ANSWER
    assert response.usage.output_tokens > 0


def test_a_streamed_response_comes_as_typed_events_in_order(openai_client: OpenAI) -> None:
    stream = openai_client.responses.create(model=MODEL, input=INPUT, stream=True)

    events = list(stream)

    assert events[0].type == "response.created"
    assert events[-1].type == "response.completed"
    assert events[-1].response.output_text == ANSWER
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert len(deltas) > 3
    assert "".join(deltas) == ANSWER
    assert [event.sequence_number for event in events] == list(range(len(events)))

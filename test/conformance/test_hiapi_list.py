from hiapi import HiAPI


def test_tasks_are_listed_newest_first_page_by_page(hiapi_client: HiAPI) -> None:
    made = [
        hiapi_client.tasks.create(model="qwen-image-2-0", input={"prompt": f"picture {n}"}).task_id
        for n in range(3)
    ]

    first = hiapi_client.tasks.list(page=1, size=2)
    second = hiapi_client.tasks.list(page=2, size=2)

    assert [task.task_id for task in first.items] == [made[2], made[1]]
    assert second.items[0].task_id == made[0]
    assert (first.page, first.size, second.page) == (1, 2, 2)
    assert first.total == second.total >= 3
    assert all(task.model == "qwen-image-2-0" for task in first.items)


def test_a_tenant_lists_its_own_tasks_only(hiapi_client: HiAPI, other_tenant: HiAPI) -> None:
    created = hiapi_client.tasks.create(model="qwen-image-2-0", input={"prompt": "mine"})

    assert created.task_id in [task.task_id for task in hiapi_client.tasks.list().items]
    assert created.task_id not in [task.task_id for task in other_tenant.tasks.list().items]

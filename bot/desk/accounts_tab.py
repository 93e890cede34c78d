"""Accounts, for admins."""

import gradio as gr

from bot.access.accounts import Accounts
from bot.access.visitor import ROLES, Role
from bot.desk.errors import DeskError
from bot.desk.parts import Choice, Outputs, Updates, busy, filled, guarded, message, table, text
from bot.desk.render import note
from bot.desk.visit import Visit, visit_of


class AccountsTab:
    """Who may log in; every event asks anew whether an admin is at work."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._table = table("tab.accounts", "hw-accounts", max_height=400)
        self.message = message()
        with gr.Row(elem_classes=["hw-actions"]):
            self._chosen = Choice(label=text("user.choose"), choices=[], elem_id="hw-choose-user")
            disable = gr.Button(text("user.disable"), elem_id="hw-user-disable")
            enable = gr.Button(text("user.enable"), elem_id="hw-user-enable")
        with gr.Group(elem_classes=["hw-form"]):
            with gr.Row():
                self._name = gr.Textbox(label=text("user.name"), max_length=64, elem_id="hw-user-name")
                self._role = gr.Dropdown(
                    label=text("column.role"), choices=[(text(f"role.{role}"), role) for role in ROLES]
                )
            self._password = gr.Textbox(
                label=text("user.password"), type="password", max_length=200, elem_id="hw-user-password"
            )
            add = gr.Button(text("user.add"), variant="primary", elem_id="hw-user-add")
        self.outputs: Outputs = [self._table, self.message, self._chosen, self._name, self._password]
        told = guarded(self.message)
        fields = [self._name, self._role, self._password]
        add.click(told(self._add), fields, self.outputs, **busy(self.message))
        disable.click(told(self._disable), self._chosen, self.outputs, **busy(self.message))
        enable.click(told(self._enable), self._chosen, self.outputs, **busy(self.message))

    def refresh(self, visit: Visit) -> Updates:
        """The accounts as they are now; nothing for who is no admin."""
        if visit.role != "admin":
            return {self.message: ""}
        users = self._accounts.all()
        rows = [
            [
                user.name,
                visit.t(f"role.{user.role}"),
                visit.t("user.disabled" if user.disabled else "user.active"),
            ]
            for user in users
        ]
        return {
            self._table: filled(visit, ("user", "role", "user_state"), rows),
            self._chosen: gr.update(choices=[user.name for user in users], value=None),
        }

    def _add(self, name: str, role: Role | None, password: str, request: gr.Request) -> Updates:
        visit = visit_of(request)
        visit.check_admin()
        if role not in ROLES:
            raise DeskError("choose_first")
        user = self._accounts.add(name, role, password, visit.who)
        said = note(visit, "user.added", name=user.name)
        return {**self.refresh(visit), self.message: said, self._name: "", self._password: ""}

    def _disable(self, name: str | None, request: gr.Request) -> Updates:
        return self._switch(name, visit_of(request), on=False)

    def _enable(self, name: str | None, request: gr.Request) -> Updates:
        return self._switch(name, visit_of(request), on=True)

    def _switch(self, name: str | None, visit: Visit, *, on: bool) -> Updates:
        visit.check_admin()
        if not name:
            raise DeskError("choose_first")
        if on:
            self._accounts.enable(name, visit.who)
        else:
            self._accounts.disable(name, visit.who)
        return {**self.refresh(visit), self.message: note(visit, "user.done")}

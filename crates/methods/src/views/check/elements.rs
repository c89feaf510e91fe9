//! Elements, and which may be where. <https://docs.slack.dev/reference/block-kit/block-elements>

use super::{ANY, Check, PLAIN, Part};

/// Elements that are in `actions`, beside a `section`, and in an `input`.
const EVERYWHERE: &[&str] = &[
    "channels_select",
    "checkboxes",
    "conversations_select",
    "datepicker",
    "datetimepicker",
    "external_select",
    "multi_channels_select",
    "multi_conversations_select",
    "multi_external_select",
    "multi_static_select",
    "multi_users_select",
    "radio_buttons",
    "static_select",
    "timepicker",
    "users_select",
];
/// Those that are in `actions` besides.
const PRESSED: &[&str] = &["button", "overflow", "rich_text_input", "workflow_button"];
/// Those that are beside a `section` besides.
const BESIDE: &[&str] = &["button", "image", "overflow", "workflow_button"];
/// Those that are in an `input` besides.
const WRITTEN: &[&str] = &[
    "email_text_input",
    "file_input",
    "number_input",
    "plain_text_input",
    "rich_text_input",
    "url_text_input",
];

/// Every type of them.
#[cfg(all(test, feature = "server"))]
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    [EVERYWHERE, PRESSED, BESIDE, WRITTEN]
        .into_iter()
        .flatten()
        .copied()
}

impl Check {
    /// The elements of `actions`.
    pub(super) fn elements(&mut self, elements: &Part<'_>) {
        let mut names = Vec::new();
        for element in elements.items() {
            self.element(&element, PRESSED);
            self.name(&element, "action_id", &mut names);
        }
    }

    /// What stands beside a `section`.
    pub(super) fn accessory(&mut self, element: &Part<'_>) {
        self.element(element, BESIDE);
        self.name(element, "action_id", &mut Vec::new());
    }

    /// What an `input` is filled in with.
    pub(super) fn input(&mut self, element: &Part<'_>) {
        self.element(element, WRITTEN);
        self.name(element, "action_id", &mut Vec::new());
    }

    fn element(&mut self, element: &Part<'_>, besides: &[&str]) {
        if !self.kind(element, &[EVERYWHERE, besides].concat()) {
            return;
        }
        let kind = element.kind();
        match kind {
            "button" | "workflow_button" => {
                self.required(element, "text");
                self.text(element, "text", PLAIN, 75);
                self.string(element, "value", 2000);
                self.string(element, "url", 3000);
                self.string(element, "accessibility_label", 75);
                self.style(element);
            }
            "image" => self.picture(element),
            "static_select" | "multi_static_select" => {
                let groups = element.get("option_groups");
                match groups.filter(|_| element.get("options").is_none()) {
                    Some(groups) if self.list(&groups, 1..=100) => {
                        groups.items().for_each(|group| self.group(&group));
                    }
                    Some(_) => {}
                    None => self.options(element, PLAIN, 100),
                }
            }
            "radio_buttons" | "checkboxes" => self.options(element, ANY, 10),
            "overflow" => self.options(element, PLAIN, 5),
            "plain_text_input" => {
                self.number(element, "min_length", 0..=3000);
                self.number(element, "max_length", 1..=3000);
            }
            "file_input" => self.number(element, "max_files", 1..=10),
            _ => {}
        }
        if kind.starts_with("multi_") {
            self.number(element, "max_selected_items", 1..=u64::MAX);
        }
        let ends = |end| kind.ends_with(end);
        let is_bare = matches!(kind, "datetimepicker" | "file_input");
        if !is_bare && ["select", "picker", "input"].into_iter().any(ends) {
            self.text(element, "placeholder", PLAIN, 150);
        }
        if let Some(confirm) = element.get("confirm") {
            self.text(&confirm, "title", PLAIN, 100);
            self.text(&confirm, "text", ANY, 300);
            self.text(&confirm, "confirm", PLAIN, 30);
            self.text(&confirm, "deny", PLAIN, 30);
            self.style(&confirm);
        }
    }

    /// How a button looks.
    fn style(&mut self, of: &Part<'_>) {
        let Some(style) = of.get("style") else { return };
        if style.value != "primary" && style.value != "danger" {
            self.no(&style, "must be `primary` or `danger`");
        }
    }

    fn group(&mut self, group: &Part<'_>) {
        self.required(group, "label");
        self.text(group, "label", PLAIN, 75);
        self.options(group, PLAIN, 100);
    }

    /// What may be chosen.
    fn options(&mut self, of: &Part<'_>, texts: &[&str], most: usize) {
        let Some(options) = self.required(of, "options") else {
            return;
        };
        if !self.list(&options, 1..=most) {
            return;
        }
        for option in options.items() {
            self.required(&option, "text");
            self.required(&option, "value");
            self.text(&option, "text", texts, 75);
            self.string(&option, "value", 150);
            self.text(&option, "description", texts, 75);
            self.string(&option, "url", 3000);
        }
    }
}

//! Blocks as they are in modals. <https://docs.slack.dev/reference/block-kit/blocks>

use super::{ANY, Check, PLAIN, Part};

/// The most blocks of a view.
const MOST: usize = 100;
/// The types of blocks that a modal may have, or of which the reference does not plainly say that it may not.
const KNOWN: &[&str] = &[
    "actions",
    "alert",
    "card",
    "context",
    "context_actions",
    "data_table",
    "data_visualization",
    "divider",
    "file",
    "header",
    "image",
    "input",
    "markdown",
    "plan",
    "rich_text",
    "section",
    "table",
    "task_card",
    "video",
];

impl Check {
    pub(super) fn blocks(&mut self, view: &Part<'_>) {
        let Some(blocks) = self.required(view, "blocks") else {
            return;
        };
        if !self.list(&blocks, 0..=MOST) {
            return;
        }
        let mut names = Vec::new();
        for block in blocks.items() {
            self.block(&block);
            self.name(&block, "block_id", &mut names);
            if block.kind() == "input" && view.get("submit").is_none() {
                let at = format!("{}/input", block.at);
                let place = Part { at, ..block };
                self.no(
                    &place,
                    "must define `submit` to use an `input` block in modals",
                );
            }
        }
    }

    fn block(&mut self, block: &Part<'_>) {
        if !self.kind(block, KNOWN) {
            return;
        }
        match block.kind() {
            "actions" => {
                if let Some(elements) = self.required(block, "elements")
                    && self.list(&elements, 1..=25)
                {
                    self.elements(&elements);
                }
            }
            "context" => {
                if let Some(elements) = self.required(block, "elements")
                    && self.list(&elements, 0..=10)
                {
                    elements.items().for_each(|one| self.aside(&one));
                }
            }
            "header" => {
                self.required(block, "text");
                self.text(block, "text", PLAIN, 150);
            }
            "image" => {
                self.picture(block);
                self.string(block, "alt_text", 2000);
                self.string(block, "image_url", 3000);
                self.text(block, "title", PLAIN, 2000);
            }
            "input" => {
                self.required(block, "label");
                self.text(block, "label", PLAIN, 2000);
                self.text(block, "hint", PLAIN, 2000);
                if let Some(element) = self.required(block, "element") {
                    self.input(&element);
                }
            }
            "markdown" => {
                self.required(block, "text");
                self.string(block, "text", 12_000);
            }
            "section" => self.section(block),
            "video" => {
                for key in ["alt_text", "title", "thumbnail_url", "video_url"] {
                    self.required(block, key);
                }
                self.text(block, "title", PLAIN, 200);
                self.text(block, "description", PLAIN, 200);
                self.string(block, "author_name", 50);
            }
            _ => {}
        }
    }

    fn section(&mut self, block: &Part<'_>) {
        let fields = block.get("fields");
        let has_fields = fields.as_ref().is_some_and(|fields| {
            let list = fields.value.as_array();
            list.is_none_or(|list| !list.is_empty())
        });
        if block.get("text").is_none() && !has_fields {
            let at = format!("{}/type", block.at);
            let place = Part { at, ..*block };
            self.no(&place, "must define either `text` or `fields`");
        }
        self.text(block, "text", ANY, 3000);
        if let Some(fields) = fields
            && self.list(&fields, 0..=10)
        {
            // An empty cell is a cell.
            for field in fields.items() {
                self.words(&field, ANY, 0..=2000);
            }
        }
        if let Some(accessory) = block.get("accessory") {
            self.accessory(&accessory);
        }
    }

    /// A part of a context.
    fn aside(&mut self, part: &Part<'_>) {
        if !self.kind(part, &["image", "plain_text", "mrkdwn"]) {
            return;
        }
        match part.kind() {
            "image" => self.picture(part),
            _ => self.words(part, ANY, 1..=3000),
        }
    }

    /// What an image has, whether it is a block or an element.
    pub(super) fn picture(&mut self, image: &Part<'_>) {
        if image.get("slack_file").is_none() {
            self.required(image, "image_url");
        }
        self.required(image, "alt_text");
    }
}

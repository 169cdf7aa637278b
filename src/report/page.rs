//! A page: what it says, in order. HTML and Markdown are written from the same page.

use serde::Serialize;

use super::figures::{Figure, STYLE};
use super::rows::Rows;
use crate::error::{Error, Result};

const TEMPLATE: &str = include_str!("../../assets/report/page.html");
const PAGE_STYLE: &str = include_str!("../../assets/report/page.css");

/// A page.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    /// What it is about.
    pub title: String,
    /// The one sentence to repeat.
    pub headline: String,
    /// What nobody must overlook; empty if there is nothing.
    pub stamp: String,
    /// Its parts.
    pub sections: Vec<Section>,
}

/// A part of a page.
#[derive(Debug, Clone, Serialize)]
pub struct Section {
    id: &'static str,
    title: &'static str,
    blocks: Vec<Block>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Block {
    Text { text: String },
    List { items: Vec<String> },
    Table { table: Rows },
    Figure { title: String, description: String, picture: String, table: Rows },
    Raw { title: String, text: String },
}

impl Section {
    pub(super) fn new(id: &'static str, title: &'static str) -> Self {
        Self { id, title, blocks: Vec::new() }
    }

    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Text { text: text.into() });
        self
    }

    pub(super) fn list(mut self, items: Vec<String>) -> Self {
        if !items.is_empty() {
            self.blocks.push(Block::List { items });
        }
        self
    }

    pub(super) fn table(mut self, table: Rows) -> Self {
        self.blocks.push(Block::Table { table });
        self
    }

    pub(super) fn figures(mut self, figures: impl IntoIterator<Item = Figure>) -> Self {
        self.blocks.extend(figures.into_iter().map(|f| Block::Figure {
            picture: f.inline(),
            title: f.title,
            description: f.description,
            table: f.table,
        }));
        self
    }

    /// What is folded in.
    pub(super) fn raw(mut self, title: &str, text: String) -> Self {
        self.blocks.push(Block::Raw { title: title.into(), text });
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }
}

impl Page {
    /// As one file of HTML that asks for nothing from elsewhere.
    ///
    /// # Errors
    /// [`Error::Internal`] if the template is wrong.
    pub fn html(&self) -> Result<String> {
        let mut environment = minijinja::Environment::new();
        environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        let failed = |e: minijinja::Error| Error::Internal(format!("the page's template: {e:#}"));
        environment.add_template("page.html", TEMPLATE).map_err(failed)?;
        let template = environment.get_template("page.html").map_err(failed)?;
        let generator = concat!("spikewatt ", env!("CARGO_PKG_VERSION"));
        let style = format!("{PAGE_STYLE}{STYLE}");
        template.render(minijinja::context! { style, generator, ..minijinja::value::Serde(self) }).map_err(failed)
    }

    /// As Markdown, ready to be pasted; figures as their descriptions, and without what is folded in.
    pub fn markdown(&self) -> String {
        let mut text = format!("**{}**\n", self.headline);
        if !self.stamp.is_empty() {
            text += &format!("\n**{}**\n", self.stamp);
        }
        for section in &self.sections {
            let mut body = String::new();
            for block in &section.blocks {
                match block {
                    Block::Text { text } => body += &format!("\n{text}\n"),
                    Block::List { items } => {
                        body.push('\n');
                        items.iter().for_each(|item| body += &format!("- {item}\n"));
                    }
                    Block::Table { table } => body += &format!("\n{}", table.markdown()),
                    Block::Figure { title, description, .. } => body += &format!("\n*{title}.* {description}\n"),
                    Block::Raw { .. } => {}
                }
            }
            if !body.is_empty() {
                text += &format!("\n## {}\n{body}", section.title);
            }
        }
        text
    }
}

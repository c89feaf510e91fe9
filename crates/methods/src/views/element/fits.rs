//! Whether what is given fits an element.

use serde_json::{Value, json};

/// Of an element's options the one of this value.
pub(super) fn option(element: &Value, value: &str) -> Result<Value, String> {
    let groups = element["option_groups"].as_array().into_iter().flatten();
    let grouped = groups.flat_map(|group| group["options"].as_array().into_iter().flatten());
    let options = element["options"].as_array().into_iter().flatten();
    let options: Vec<&Value> = options.chain(grouped).collect();
    let found = options.iter().find(|option| option["value"] == value);
    found.map(|option| Value::clone(option)).ok_or_else(|| {
        let there: Vec<_> = options
            .iter()
            .map(|option| option["value"].to_string())
            .collect();
        format!(
            "no option has the value `{value}`; there are {}",
            there.join(", ")
        )
    })
}

/// An option as it is given, an object or JSON of one: what an app would offer is not asked for.
pub(super) fn offered(given: &Value) -> Result<Value, String> {
    let written = given
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok());
    let option = written.as_ref().unwrap_or(given);
    let text = match &option["text"] {
        Value::String(words) => json!({"type": "plain_text", "text": words}),
        text => text.clone(),
    };
    match (&text["text"], &option["value"]) {
        (Value::String(_), Value::String(value)) => Ok(json!({"text": text, "value": value})),
        _ => Err(format!(
            "what its app would offer is given whole, as {{\"text\": \"Sol\", \"value\": \"U0SOL\"}}, not {given}"
        )),
    }
}

/// Whether a text is as long as its element wants it.
pub(super) fn lengths(element: &Value, text: &str) -> Result<(), String> {
    let long = text.chars().count() as u64;
    let (least, most) = (
        element["min_length"].as_u64(),
        element["max_length"].as_u64(),
    );
    match (least, most) {
        (Some(least), _) if long < least => {
            Err(format!("at least {least} characters, and these are {long}"))
        }
        (_, Some(most)) if long > most => {
            Err(format!("at most {most} characters, and these are {long}"))
        }
        _ if long > 3000 => Err(format!("at most 3000 characters, and these are {long}")),
        _ => Ok(()),
    }
}

/// Whether a number is written and bounded as its element wants it.
pub(super) fn number(element: &Value, text: &str) -> Result<(), String> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let is_written = match unsigned.split_once('.') {
        Some((whole, part)) => digits(whole) && digits(part),
        None => digits(unsigned),
    };
    let number = text.parse().ok();
    let number = number.filter(|number: &f64| is_written && number.is_finite());
    let number = number.ok_or_else(|| format!("`{text}` is no number"))?;
    if element["is_decimal_allowed"] != true && number.fract() != 0.0 {
        return Err(format!("a whole number, not {text}"));
    }
    let bound = |key: &str| {
        element[key]
            .as_str()
            .and_then(|text| text.parse::<f64>().ok())
    };
    match (bound("min_value"), bound("max_value")) {
        (Some(least), _) if number < least => Err(format!("at least {least}, not {text}")),
        (_, Some(most)) if number > most => Err(format!("at most {most}, not {text}")),
        _ => Ok(()),
    }
}

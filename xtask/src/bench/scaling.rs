//! Stands in until it is written.
use super::options::Options;
pub(crate) fn run(_: Options) -> anyhow::Result<()> {
    anyhow::bail!("not written")
}

#include "api/request_links.hpp"

#include "api/services.hpp"

namespace weir::api
{

request_links::request_links(services const& with)
    : links_(with.links.get())
    , base_url_(with.base_url)
    , organization_(with.organization)
    , now_us_(with.now_us())
{
}

request_links::request_links(signed_links const& links, std::string base_url, storage::organization_id organization,
                             std::int64_t now_us)
    : links_(base_url.empty() ? nullptr : &links)
    , base_url_(std::move(base_url))
    , organization_(organization)
    , now_us_(now_us)
{
}

std::optional<std::string> request_links::to(std::string const& path) const
{
    if (!links_) return std::nullopt;
    return base_url_ + path + links_->query(path, organization_, now_us_);
}

std::optional<std::string> request_links::to_bodies(storage::uuid const& request_id) const
{
    return to("/v1/public/request/" + request_id.text() + "/body");
}

std::optional<std::string> request_links::to_dataset_row(storage::uuid const& row) const
{
    return to("/v1/public/dataset-row/" + row.text() + "/body");
}

std::optional<std::string> request_links::to_asset(storage::uuid const& request_id, std::size_t n) const
{
    return to("/v1/public/request/" + request_id.text() + "/asset/" + std::to_string(n));
}

} // namespace weir::api

#include "gateway/capture.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace weir::gateway
{

void capture::begin(std::string_view content_type, std::string_view content_encoding, std::size_t limit)
{
    begun_ = true;
    content_type_ = content_type;
    content_encoding_ = content_encoding == "identity" ? std::string_view() : content_encoding;
    kind_ = kind_of_body(content_type);
    form_.reset();
    hash_.reset();
    limit_ = content_encoding_.empty() ? limit : std::max(limit, most_encoded);
    if (kind_ == body_kind::multipart) {
        auto const boundary = type_parameter(content_type, "boundary");
        if (boundary.empty() || boundary.size() > 200)
            kind_ = body_kind::binary;
        else
            form_.emplace(boundary, std::min(limit, most_form_text));
    }
    if (kind_ == body_kind::binary) hash_.emplace();
}

void capture::add(std::string_view piece, std::int64_t at_us)
{
    if (!begun_) return;
    total_ += piece.size();
    add_mark(at_us);
    if (hash_) hash_->add(piece);
    if (form_) {
        if (budget_->is_exhausted()) form_->keep_no_more();
        form_->add(piece);
        count_the_rest();
    }
    if (kind_ != body_kind::text) return;

    auto const room = cut_ ? 0 : limit_ - std::min(limit_, text_.size());
    auto const kept = std::min(room, piece.size());
    if (kept > 0 && !refused_ && !reserve(text_.size() + kept)) {
        refused_ = true;
        std::string().swap(text_); // an assignment would keep the memory
        budget_->give_back(std::exchange(reserved_, 0));
    }
    if (refused_) {
        add_tail(piece);
        return;
    }
    text_ += piece.substr(0, kept);
    if (kept < piece.size()) {
        cut_ = true;
        add_tail(piece.substr(kept));
    }
}

/// Asks the budget for memory in steps that double, as the string itself grows.
bool capture::reserve(std::size_t size)
{
    if (size <= reserved_) return true;
    auto const wanted = std::max({size, std::min(reserved_ * 2, limit_), std::min<std::size_t>(1024, limit_)});
    if (!budget_->take(wanted - reserved_)) return false;
    reserved_ = wanted;
    text_.reserve(wanted);
    return true;
}

void capture::drop_text()
{
    if (text_.empty()) return;
    auto const kept = std::exchange(text_, {});
    auto const behind = std::exchange(tail_, {});
    refused_ = true;
    add_tail(std::string_view(kept).substr(kept.size() - std::min(kept.size(), most_tail())));
    add_tail(behind);
    budget_->give_back(std::exchange(reserved_, 0));
}

void capture::add_tail(std::string_view piece)
{
    auto const most = most_tail();
    if (piece.size() >= most) {
        tail_ = piece.substr(piece.size() - most);
        count_the_rest();
        return;
    }
    tail_ += piece;
    if (tail_.size() > 2 * most) tail_.erase(0, tail_.size() - most);
    count_the_rest();
}

void capture::count_the_rest()
{
    auto const now = tail_.capacity() + (form_ ? form_->text_bytes() : 0);
    budget_->add(static_cast<std::int64_t>(now) - static_cast<std::int64_t>(counted_));
    counted_ = now;
}

std::string_view capture::tail() const
{
    if (!cut_ && !refused_) return {};
    auto const view = std::string_view(tail_);
    return view.substr(view.size() - std::min(view.size(), most_tail()));
}

/// One mark a piece; when there are too many, every second one but the first goes.
void capture::add_mark(std::int64_t at_us)
{
    if (marks_.size() == most_marks) {
        std::size_t kept = 1;
        for (std::size_t i = 3; i < marks_.size(); i += 2) marks_[kept++] = marks_[i];
        marks_.resize(kept);
    }
    if (!marks_.empty() && marks_.back().at_us == at_us)
        marks_.back().end = total_;
    else
        marks_.push_back({total_, at_us});
}

std::string capture::describe()
{
    if (form_) return form_->describe();
    boost::json::object out{{"content_type", content_type_}, {"size", total_}};
    if (hash_) out["sha256"] = hash_->hex();
    return boost::json::serialize(out);
}

} // namespace weir::gateway

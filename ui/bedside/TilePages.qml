pragma ComponentBehavior: Bound

import QtQuick
import "../theme"

// Things to touch, each with all its words: as many on a page as fit whole, the rest on further
// pages behind "more". Nothing scrolls out of sight.
Item {
    id: pages

    // Rows: key, icon, text, tone.
    required property var rows
    // What the tiles are called, before their key.
    property string prefix
    property string moreText
    property real iconScale: 1.9
    property real size: Theme.sizeLabel
    property real gap: Theme.touchPatientGap
    property int page: 0
    readonly property int count: pages.plan.pages
    readonly property int shown: Math.min(pages.page, pages.count - 1)
    readonly property bool mirrored: LayoutMirroring.enabled
    // Where each tile is. Never asks a tile for its size: that would go round in a circle.
    readonly property var plan: {
        const texts = [];
        for (let i = 0; i < tiles.count; i++) {
            const each = tiles.itemAt(i) as Tile;
            texts.push(each ? each.text : "");
        }
        return pages.arranged(texts, pages.width, pages.height);
    }

    signal chosen(string key)

    // The arrangement on the fewest pages, at the largest letters that it can have. A quarter less
    // is given for a page; more only where nothing fits otherwise.
    function arranged(texts: var, width: real, height: real): var {
        const none = {
            places: [],
            pages: 1,
            more: null,
            size: pages.size
        };
        if (texts.length === 0 || width <= 0 || height <= 0)
            return none;
        const words = texts.map(text => pages.measured(text));
        const more = pages.measured(pages.moreText + " 1/9");
        let chosen = null;
        for (const factor of [1, 0.92, 0.84, 0.76, 0.68, 0.6]) {
            if (chosen && factor < 0.75)
                break;
            const found = pages.best(words, more, width, height, Math.round(pages.size * factor));
            if (found && (!chosen || found.pages < chosen.pages))
                chosen = found;
        }
        return chosen ?? none;
    }
    // Fewest pages first, then the largest cells.
    function best(words: var, more: var, width: real, height: real, size: real): var {
        const gap = pages.gap, touch = Theme.touchPatient;
        const most = full => Math.max(1, Math.floor((full + gap) / (touch + gap)));
        let chosen = null;
        for (let columns = 1; columns <= Math.min(6, most(width)); columns++) {
            for (let rows = 1; rows <= most(height); rows++) {
                const grid = {
                    columns: columns,
                    rows: rows,
                    gap: gap,
                    cell: Math.floor((width - (columns - 1) * gap) / columns),
                    line: Math.floor((height - (rows - 1) * gap) / rows),
                    fit: pages.fitting(size)
                };
                const found = pages.packed(words, more, grid, size, false) ?? pages.packed(words, more, grid, size, true);
                if (found && (!chosen || found.pages < chosen.pages || found.pages === chosen.pages && found.worth > chosen.worth))
                    chosen = found;
            }
        }
        return chosen;
    }
    // All tiles in a grid, row by row. `paged`: the last place of each page is for "more".
    function packed(words: var, more: var, grid: var, size: real, paged: bool): var {
        const wide = span => span * grid.cell + (span - 1) * grid.gap;
        const places = [];
        let page = 0, row = 0, column = 0;
        for (const word of words) {
            let span = 1;
            while (span <= grid.columns && !grid.fit(word, wide(span), grid.line))
                span++;
            const limit = () => grid.columns - (paged && row === grid.rows - 1 ? 1 : 0);
            for (let tries = 0; column + span > limit(); tries++) {
                if (tries > grid.rows)
                    return null;
                column = 0;
                row++;
                if (row === grid.rows) {
                    row = 0;
                    page++;
                }
            }
            places.push({
                page: page,
                row: row,
                column: column,
                span: span
            });
            column += span;
        }
        if (page > 0 !== paged)
            return null;
        if (paged && !grid.fit(more, grid.cell, grid.line))
            return null;
        return pages.placed(words, places, grid, size, page + 1);
    }
    // Grid places in pixels; what ends a row takes what is left of it.
    function placed(words: var, places: var, grid: var, size: real, count: int): var {
        const found = places.map((place, index) => {
            const next = places[index + 1];
            const ends = !next || next.row !== place.row || next.page !== place.page;
            const corner = count > 1 && place.row === grid.rows - 1 ? 1 : 0;
            const span = ends ? grid.columns - corner - place.column : place.span;
            const width = span * grid.cell + (span - 1) * pages.gap;
            return {
                page: place.page,
                x: place.column * (grid.cell + pages.gap),
                y: place.row * (grid.line + pages.gap),
                width: width,
                height: grid.line,
                how: grid.fit(words[index], width, grid.line)
            };
        });
        return {
            places: found,
            pages: count,
            size: size,
            worth: Math.min(grid.cell, 1.5 * grid.line),
            more: count < 2 ? null : {
                x: (grid.columns - 1) * (grid.cell + pages.gap),
                y: (grid.rows - 1) * (grid.line + pages.gap),
                width: grid.cell,
                height: grid.line
            }
        };
    }
    // What tells how a measured text fits with its picture at a size: {flat, scale}, or null. What
    // stays the same is read once: this is asked some thousand times for one plan.
    function fitting(size: real): var {
        const grid = Theme.grid, line = Math.round(Theme.lineFactor * size);
        const scales = [pages.iconScale, 0.5 * (pages.iconScale + 1.15), 1.15];
        return (words, width, height) => {
            const inner = width - 2 * grid;
            const above = pages.lines(words, inner / size) * line + Math.round(0.5 * grid) + 2 * grid;
            for (const scale of scales) {
                if (above + Math.round(size * scale) <= height)
                    return {
                        flat: false,
                        scale: scale
                    };
            }
            const beside = pages.lines(words, (inner - Math.round(1.3 * size) - grid) / size) * line + 2 * grid;
            return beside <= height ? {
                flat: true,
                scale: 1.3
            } : null;
        };
    }
    // The parts of a text that stay whole (words; each Han character), each with its width alone
    // and with the space behind it, at a size of one pixel.
    function measured(text: string): var {
        const parts = text.match(/[\u2E80-\u9FFF\uF900-\uFFEF]|[^\s\u2E80-\u9FFF\uF900-\uFFEF]+\s*/g) ?? [];
        const wide = part => ruler.advanceWidth(part) / ruler.font.pixelSize;
        return parts.map(part => ({
                    alone: wide(part.trim()),
                    spaced: wide(part)
                }));
    }
    // Lines of a measured text at a width. Infinity: too narrow.
    function lines(words: var, width: real): real {
        let count = 1, used = 0;
        for (const word of words) {
            if (word.alone > width)
                return Infinity;
            if (used + word.alone > width) {
                count++;
                used = 0;
            }
            used += word.spaced;
        }
        return count;
    }

    FontMetrics {
        id: ruler

        font.pixelSize: Theme.sizeDisplay
        font.weight: Theme.semibold
    }
    Repeater {
        id: tiles

        model: pages.rows

        Tile {
            id: tile

            required property int index
            required property string key
            required property string icon
            required text
            required tone
            readonly property var place: pages.plan.places[tile.index] ?? null
            readonly property bool here: tile.place !== null && tile.place.page === pages.shown

            flat: tile.place !== null && tile.place.how !== null && tile.place.how.flat
            height: tile.place?.height ?? 0
            iconName: tile.icon
            iconScale: tile.place?.how?.scale ?? 1
            objectName: pages.prefix + tile.key
            size: pages.plan.size
            visible: tile.here
            width: tile.place?.width ?? 0
            x: !tile.place ? 0 : pages.mirrored ? pages.width - tile.place.x - tile.place.width : tile.place.x
            y: tile.place?.y ?? 0

            onTouched: pages.chosen(tile.key)
        }
    }
    Tile {
        id: more

        readonly property var place: pages.plan.more

        height: more.place?.height ?? 0
        iconName: "dots-horizontal-circle-outline"
        iconScale: 1.15
        objectName: pages.prefix + "more"
        size: pages.plan.size
        text: pages.moreText + " " + (pages.shown + 1) + "/" + pages.count
        tone: "quiet"
        visible: more.place !== null
        width: more.place?.width ?? 0
        x: !more.place ? 0 : pages.mirrored ? pages.width - more.place.x - more.place.width : more.place.x
        y: more.place?.y ?? 0

        onTouched: pages.page = (pages.shown + 1) % pages.count
    }
}

pragma Singleton

import QtQuick
import SmartWard.Screen

// Every colour, size and duration of the screens. Pages hold none of their own.
//
// Sizes come from the role's geometry: a table of sizes drawn for a reference panel, scaled to the
// window, and never smaller in millimetres than reading distance and fingers allow.
QtObject {
    id: theme

    // --- what Screen.qml tells -----------------------------------------------------------------
    property string role: "station"
    property bool night: false
    property bool reducedMotion: false
    // The bedside's three text sizes: 1, 1.3, 1.6.
    property real textScale: 1
    // Letters that reach higher and lower than Latin and Han (Arabic): lines stand further apart.
    property bool tallScript: false
    readonly property real lineFactor: theme.tallScript ? 1.5 : 1.22
    property real windowWidth: 1920
    property real windowHeight: 1080
    // Somebody who sees badly: second text and edges are as strong as the first.
    property bool highContrast: false
    // Whether holding a thing says what it is, instead of being a slow touch; what was said last is
    // touched by the next touch, however slow.
    property bool speaksOnHold: false
    property Item told: null
    // Diagonal of the panel in inches; 0: the usual panel of this role and resolution.
    property real diagonal: 0

    // --- colours: ground -----------------------------------------------------------------------
    readonly property color paper: theme.highContrast ? theme.surface : theme.night ? "#0B0F0E" : "#F4F6F4"
    readonly property color surface: theme.night ? theme.highContrast ? "#000000" : "#131A18" : "#FFFFFF"
    readonly property color sunken: theme.highContrast ? theme.night ? "#303030" : "#D0D0D0" : theme.night ? "#0F1513" : "#E8EEEB"
    readonly property color ink: theme.highContrast ? theme.night ? "#FFFFFF" : "#000000" : theme.night ? "#C9D6D1" : "#12211D"
    // Door and corridor are read from afar and keep 7:1 for their second text too. By night it is a
    // little lighter than first drawn (#7C8C86), which falls below 4.5:1 on the soft grounds.
    readonly property color muted: theme.highContrast ? theme.ink : theme.far ? (theme.night ? "#A3B1AB" : "#3C4B46") : (theme.night ? "#8D9D97" : "#4A5B55")
    readonly property color line: theme.highContrast ? theme.ink : theme.night ? "#26312D" : "#D3DDD8"
    // The edge of what is not there: an empty bed, a precaution not assessed (3:1 on paper).
    readonly property color dashed: theme.highContrast ? theme.ink : theme.night ? "#6B7A74" : "#7C8C86"

    // --- colours: ours -------------------------------------------------------------------------
    readonly property color brand: theme.highContrast ? theme.night ? "#7FE3D0" : "#053F36" : theme.night ? "#3FB8A3" : "#0B6E5F"
    readonly property color brandSoft: theme.night ? "#12312B" : "#D9EEE9"
    readonly property color inkOnBrand: theme.night ? "#0B0F0E" : "#FFFFFF"
    // The station's header.
    readonly property color header: theme.night ? "#0F1513" : "#0A4A41"
    readonly property color inkOnHeader: theme.night ? "#C9D6D1" : "#FFFFFF"
    readonly property color headerLine: theme.night ? "#26312D" : "#2F6B61"

    // --- colours: priority (never used for anything else) --------------------------------------
    readonly property color high: theme.night ? "#FF4D5E" : "#A80F27"
    readonly property color highSoft: theme.night ? "#3A1116" : "#FBE3E7"
    readonly property color medium: "#F2B500"
    readonly property color mediumSoft: theme.night ? "#332808" : "#FFF3CC"
    readonly property color low: theme.night ? "#39B3DF" : "#0A688C"
    readonly property color lowSoft: theme.night ? "#0A2A36" : "#DDF0F8"
    readonly property color ok: theme.night ? "#66BB6A" : "#2E7D32"
    // Lamps are filled areas that a text stands on; they keep 7:1 by day and by night.
    readonly property color lampHigh: "#A80F27"
    readonly property color inkOnLampHigh: "#FFFFFF"
    readonly property color lampMedium: "#F2B500"
    readonly property color inkOnLampMedium: "#12211D"
    readonly property color inkOnHigh: theme.night ? "#0B0F0E" : "#FFFFFF"
    readonly property color inkOnLow: theme.night ? "#0B0F0E" : "#FFFFFF"

    // A QR code: readers want dark on light, also by night.
    readonly property color codePaper: theme.night ? "#C9D6D1" : "#FFFFFF"
    readonly property color codeInk: "#12211D"

    // --- geometry ------------------------------------------------------------------------------
    readonly property bool portrait: theme.windowHeight > theme.windowWidth
    readonly property bool corridor: theme.role === "corridor"
    readonly property bool far: theme.role === "door" || theme.corridor
    readonly property real longSide: Math.max(theme.windowWidth, theme.windowHeight)
    readonly property real shortSide: Math.min(theme.windowWidth, theme.windowHeight)
    readonly property real usualDiagonal: {
        if (theme.role === "station")
            return 23.8;
        // As wide as a 43" panel of 16:9, whatever its other side: strips are cut from such panels.
        if (theme.corridor)
            return 37.48 * Math.hypot(theme.windowWidth, theme.windowHeight) / theme.longSide;
        if (theme.longSide <= 1024)
            return 7;
        return theme.longSide <= 1280 ? 10.1 : 15.6;
    }
    // Pixels of one millimetre on the glass.
    readonly property real mm: Math.hypot(theme.windowWidth, theme.windowHeight) / (theme.diagonal > 0 ? theme.diagonal : theme.usualDiagonal) / 25.4
    // How much larger or smaller the window is than the one the sizes were drawn for.
    readonly property real fit: {
        switch (theme.role) {
        case "station":
            return Math.min(theme.longSide / 1920, theme.shortSide / 1080);
        case "door":
            return Math.min(theme.longSide / 1920, theme.shortSide / 1080);
        case "corridor":
            return theme.longSide / 1920;
        default:
            return Math.min(theme.longSide / 1280, theme.shortSide / 800);
        }
    }
    // A bedside keeps its sizes in millimetres on a small panel: hands and eyes do not shrink.
    readonly property real scale: theme.role === "bedside" ? Math.max(theme.fit, theme.mm / 5.884) : theme.fit

    // Lengths: multiples of one grid step, 8 px of the reference panel.
    readonly property real grid: Math.max(4, Math.round(8 * theme.fit))
    readonly property real gap: theme.role === "station" ? theme.grid : 2 * theme.grid
    readonly property real margin: theme.role === "station" ? 2 * theme.grid : Math.round(3.75 * theme.grid)
    readonly property real radius: theme.role === "station" ? 1.25 * theme.grid : 3 * theme.grid
    readonly property real radiusSmall: theme.grid
    readonly property real hairline: theme.highContrast ? Math.max(2, Math.round(theme.grid / 3)) : 1
    // Edges that carry meaning: a present precaution, a bed with an alert.
    readonly property real edge: Math.max(2, Math.round(theme.far ? 3 * theme.fit : 3.5 * theme.fit))
    readonly property real lampEdge: Math.max(3, Math.round(theme.far ? 8 * theme.fit : 4 * theme.fit))

    // Touch: 20 mm and 6.35 mm apart for patients, 12 mm for staff, 24 px for anything.
    readonly property real touchPatient: Math.ceil(20 * theme.mm)
    readonly property real touchPatientGap: Math.floor(6.35 * theme.mm)
    readonly property real touchStaff: Math.ceil(Math.max(24, 12 * theme.mm))

    // --- type ----------------------------------------------------------------------------------
    readonly property int regular: 400
    readonly property int semibold: 600
    readonly property int bold: 700
    readonly property int black: 800
    // (At the very end of the engine the font object goes before its readers.)
    readonly property string iconFamily: theme.icons?.family ?? ""
    readonly property var tabular: ({
            "tnum": 1
        })
    // Cap height of Noto Sans is 0.714 of its size. 20 arc minutes: 11.6 mm at 2 m, 47 mm at 8 m.
    readonly property real farSize: (theme.corridor ? 47 : 11.6) * theme.mm / 0.714
    readonly property var ladder: {
        switch (theme.role) {
        case "bedside":
            return [96, 56, 40, 34, 50, 40, 34, 30, 26, 24];
        case "bedhead":
            return [172, 124, 108, 60, 56, 50, 40, 34, 30, 27];
        case "door":
            return [208, 124, 72, 44, 76, 56, 48, 42, 36, 33];
        case "corridor":
            return [160, 133, 133, 96, 96, 72, 56, 48, 42, 36];
        default:
            return [72, 48, 24, 20, 46, 34, 28, 24, 21, 19];
        }
    }
    // The largest figure: room at the door, bed at the bedhead, queue number, clock at rest.
    readonly property real sizeHuge: theme.scaled(0)
    // A bed's number on a card.
    readonly property real sizeNumber: theme.far || theme.role === "bedhead" ? Math.max(theme.scaled(1), theme.farSize) : theme.scaled(1)
    readonly property real sizeName: theme.role === "bedhead" ? Math.max(theme.scaled(2), theme.farSize) : theme.scaled(2)
    // The one character of a precaution slot.
    readonly property real sizeMark: theme.scaled(3)
    readonly property real sizeDisplay: theme.scaled(4)
    readonly property real sizeTitle: theme.scaled(5)
    readonly property real sizeHeading: theme.scaled(6)
    readonly property real sizeBody: theme.scaled(7)
    readonly property real sizeLabel: theme.scaled(8)
    readonly property real sizeSmall: theme.scaled(9)
    readonly property real leading: 1.25
    // A small panel with large letters: sentences grow less than the rest there, or they would push
    // out what is to be touched.
    readonly property bool crowded: theme.role === "bedside" && theme.textScale > 1.2 && !theme.portrait && theme.shortSide < 5.4 * theme.touchPatient
    readonly property real crowd: theme.crowded ? 1.2 : 1

    // --- motion --------------------------------------------------------------------------------
    readonly property int moving: theme.reducedMotion ? 0 : 160
    readonly property int easing: Easing.OutCubic
    // For so long what has just moved takes no touch (ms): it would mean what was there before.
    readonly property int untouched: 350
    // For so long it is shown where a touch was not taken, once it would be (ms).
    readonly property int answered: 700

    // --- flashing: one clock per window, run by Screen.qml while somebody flashes ---------------
    property int flashers: 0
    property int beat: 0
    // IEC 60601-1-8: high 1.4-2.8 Hz, medium 0.4-0.8 Hz, duty 20-60 %. Here 2 Hz and 0.5 Hz, 50 %.
    readonly property int beatInterval: 250
    readonly property real flashHigh: theme.beat % 2 === 0 ? 1 : 0.25
    readonly property real flashMedium: theme.beat % 8 < 4 ? 1 : 0.25

    readonly property IconFont icons: IconFont {}
    readonly property var inks: ({})

    function scaled(step: int): real {
        return Math.round(theme.ladder[step] * theme.scale * (theme.role === "bedside" ? theme.textScale : 1));
    }
    // A length drawn for the reference panel, in the window's pixels.
    function length(reference: real): real {
        return Math.round(reference * theme.fit);
    }
    function glyph(name: string): string {
        return theme.icons?.glyph(name) ?? "";
    }
    // What a priority looks like: "high", "medium", "low" or anything else for none.
    function priorityColor(priority: string): color {
        switch (priority) {
        case "high":
            return theme.high;
        case "medium":
            return theme.medium;
        case "low":
            return theme.low;
        default:
            return theme.line;
        }
    }
    function prioritySoft(priority: string): color {
        switch (priority) {
        case "high":
            return theme.highSoft;
        case "medium":
            return theme.mediumSoft;
        case "low":
            return theme.lowSoft;
        default:
            return theme.surface;
        }
    }
    function lamp(priority: string): color {
        return priority === "high" ? theme.lampHigh : theme.lampMedium;
    }
    // Text on a colour that the hospital chose: the darker or the lighter, whichever reads better.
    // A ward has four of them on sixty cards: each is worked out once.
    function inkOn(ground: string): color {
        const known = theme.inks[ground];
        return known !== undefined ? known : theme.inks[ground] = theme.inkFor(Qt.color(ground || "black"));
    }
    function inkFor(ground: color): color {
        const linear = c => c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
        const luminance = 0.2126 * linear(ground.r) + 0.7152 * linear(ground.g) + 0.0722 * linear(ground.b);
        return luminance > 0.2086 ? "#12211D" : "#FFFFFF";
    }
    function inkOnLamp(priority: string): color {
        return priority === "high" ? theme.inkOnLampHigh : theme.inkOnLampMedium;
    }
}

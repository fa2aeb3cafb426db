pragma ComponentBehavior: Bound

import QtQuick
import "../components"
import "../theme"

// One bed: number, level bar with its word, condition, name, six fixed places, nurse, and one foot
// line: the most important thing now. Light enough for sixty: plain items, no clip, no layer, and what
// few beds show is made only for those.
Item {
    id: card

    required property int index
    required property string key
    required property string number
    required property bool occupied
    required property string why
    required property string name
    required property string condition
    required property string conditionShort
    required property string mark
    required property string level
    required property string levelColor
    required property string slots
    required property string nurse
    required property string present
    required property bool silent
    required property string foot
    required property string footIcon
    required property bool late
    required property string priority
    required property bool flashing
    required property string spoken
    property list<string> letters
    // The glyph of a place that was not assessed.
    property string dashes
    property bool upright: true
    property bool marked: false
    property bool shown: false
    // Room for four lines; without it the lines move together.
    readonly property bool roomy: card.height >= Theme.length(112)
    // A number of three signs leaves little room beside it.
    readonly property bool wide: natural.advanceWidth > 0.42 * card.width
    readonly property bool crowded: card.wide && card.condition !== ""
    // A condition and a mark beside each other on a low card.
    readonly property bool close: !card.roomy && !card.wide && card.mark !== ""
    readonly property real pad: card.roomy ? Theme.length(7) : Theme.length(3)
    readonly property real inner: bar.width + Theme.length(6)
    readonly property real slotSize: Math.min(Theme.length(card.roomy ? 25 : 21), Math.floor((card.width - card.inner - Theme.length(4) - 5 * places.spacing) / 6))
    // The dashes of a place stand around it, to the pixel in its middle.
    readonly property int dashInset: Math.ceil(card.slotSize / 2) - Math.ceil(Math.round(1.2 * card.slotSize) / 2)
    // Beside a long number two signs of a name have no room: it waits for the foot line.
    readonly property bool nameless: name.width < 2 * name.minimumPixelSize
    readonly property string below: card.foot === "" && card.nameless && card.occupied ? card.name : card.foot

    signal touched

    // Where that stands: p present, n not assessed; a place whose precaution is absent stays free.
    function places(status: string): list<int> {
        const found = [];
        if (!card.occupied)
            return found;
        for (let place = 0; place < card.slots.length; ++place) {
            if (card.slots.charAt(place) === status)
                found.push(place);
        }
        return found;
    }

    Accessible.name: card.spoken
    Accessible.role: Accessible.Button
    objectName: "bed-" + card.key

    Accessible.onPressAction: card.touched()

    Rectangle {
        anchors.fill: parent
        border.color: Theme.line
        border.width: card.priority === "" ? Theme.hairline : 0
        color: tap.pressed ? Theme.sunken : Theme.prioritySoft(card.priority)
        radius: Theme.radius
        visible: card.occupied || card.priority !== "" || tap.pressed
    }
    Rectangle {
        id: bar

        // A bright bar would glare in a dark room.
        opacity: Theme.night ? 0.8 : 1
        bottomLeftRadius: Theme.radius
        color: card.levelColor === "" ? Theme.sunken : card.levelColor
        height: card.height
        topLeftRadius: Theme.radius
        visible: card.occupied
        width: Theme.length(26)

        Label {
            anchors.centerIn: parent
            color: card.levelColor === "" ? Theme.muted : Theme.inkOn(card.levelColor)
            font.pixelSize: Math.round(Theme.length(card.upright ? 18 : 17))
            font.weight: Theme.semibold
            horizontalAlignment: Text.AlignHCenter
            lineHeight: card.upright ? 0.78 : 1
            rotation: card.upright ? 0 : -90
            text: card.level
            width: card.upright ? font.pixelSize : undefined
            wrapMode: card.upright ? Text.WrapAnywhere : Text.NoWrap
        }
    }
    // What only some beds show.
    Loader {
        active: !card.occupied || card.priority !== "" || card.mark !== "" || card.marked || card.shown
        anchors.fill: parent

        sourceComponent: BedCardSeldom {
            below: number.y + number.height
            bed: card
            beside: number.x + number.width
            besideCondition: chip.x + chip.width
            above: number.y
        }
    }
    TextMetrics {
        id: natural

        font.features: Theme.tabular
        font.pixelSize: Theme.sizeNumber
        font.weight: number.font.weight
        text: card.number
    }
    Label {
        id: number

        color: card.occupied ? Theme.ink : Theme.muted
        font.pixelSize: Theme.sizeNumber
        font.weight: card.occupied ? Theme.black : Theme.semibold
        fontSizeMode: Text.HorizontalFit
        height: Math.round(0.8 * font.pixelSize)
        minimumPixelSize: Theme.sizeSmall
        objectName: "bedNumber"
        tabular: true
        text: card.number
        // A long number leaves a mark its picture.
        width: Math.min(natural.advanceWidth, card.width - x - Theme.length(card.mark === "" ? 4 : 25))
        x: card.inner
        y: card.pad
    }
    Loader {
        id: chip

        active: card.condition !== ""
        objectName: active ? "bedConditionChip" : ""
        // Beside a long number there is no room: it takes the nurse's place in the foot line.
        x: card.wide ? card.width - width - Theme.length(6) : number.x + number.width + Theme.length(card.close ? 2 : 7)
        y: card.wide ? footLine.y + (footLine.height - height) / 2 : Theme.lampEdge

        sourceComponent: Rectangle {
            color: Theme.ink
            height: Math.round(1.05 * conditionWord.font.pixelSize)
            radius: Theme.length(3)
            width: conditionWord.implicitWidth + Theme.length(card.close ? 3 : card.wide ? 5 : 8)

            TextMetrics {
                id: wholeCondition

                font: conditionWord.font
                text: card.condition
            }
            Label {
                id: conditionWord

                anchors.centerIn: parent
                color: Theme.surface
                font.pixelSize: Theme.length(card.roomy ? 18 : 16)
                font.weight: Theme.bold
                objectName: "bedCondition"
                text: card.wide || (card.mark !== "" && !card.roomy) || number.x + number.width + Theme.length(7) + wholeCondition.advanceWidth + Theme.length(card.mark === "" ? 10 : 33) > card.width ? card.conditionShort : card.condition
            }
        }
    }
    Label {
        id: name

        readonly property real line: Math.round(1.05 * font.pixelSize)

        // Under the condition, not into it.
        y: Math.max(number.y + number.height - line, chip.active && !card.wide ? chip.y + chip.height + Theme.length(1) : 0)
        anchors.left: number.right
        anchors.leftMargin: Theme.length(card.wide ? 3 : 7)
        anchors.right: parent.right
        anchors.rightMargin: Theme.length(5)
        elide: Text.ElideRight
        font.pixelSize: Theme.length(card.condition === "" && card.mark === "" ? (card.roomy ? 22 : 20) : card.roomy ? 20 : 17)
        font.italic: card.silent
        font.weight: Theme.bold
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: Theme.length(14)
        height: line
        objectName: "bedName"
        text: card.name
        visible: card.occupied && !card.nameless
    }
    Item {
        id: places

        readonly property real spacing: Theme.length(1)

        x: card.inner
        y: number.y + number.height + (card.roomy ? Theme.length(8) : Theme.length(2))

        Repeater {
            model: card.places("p")

            delegate: BedSlot {
                required property int modelData

                letter: card.letters[modelData] ?? ""
                size: card.slotSize
                x: modelData * (card.slotSize + places.spacing)
            }
        }
        Repeater {
            model: card.places("n")

            delegate: BedSlotOpen {
                required property int modelData

                dashes: card.dashes
                inset: card.dashInset
                letter: card.letters[modelData] ?? ""
                size: card.slotSize
                x: modelData * (card.slotSize + places.spacing) + card.dashInset
            }
        }
    }
    Item {
        id: footLine

        anchors.bottom: parent.bottom
        anchors.bottomMargin: Math.max(card.pad, Theme.lampEdge + Theme.length(1))
        anchors.left: parent.left
        anchors.leftMargin: card.inner
        anchors.right: parent.right
        anchors.rightMargin: Theme.length(7) + (card.crowded ? chip.width + Theme.length(4) : 0)
        height: Math.round(1.2 * footWord.font.pixelSize)

        // Overdue: an outline around the foot's icon. It is no priority: nothing was raised yet.
        Loader {
            active: card.late && footMark.visible
            anchors.centerIn: footMark

            sourceComponent: Rectangle {
                border.color: Theme.ink
                border.width: Math.max(1, Theme.edge / 2)
                color: "transparent"
                height: footMark.height + Theme.length(5)
                radius: Theme.radiusSmall / 2
                width: footMark.width + Theme.length(5)
            }
        }
        Icon {
            id: footMark

            anchors.verticalCenter: parent.verticalCenter
            name: card.footIcon
            size: footWord.font.pixelSize
            // Where room is scarce the words are worth more.
            visible: card.foot !== "" && !card.crowded
        }
        Label {
            id: footWord

            anchors.left: footMark.visible ? footMark.right : parent.left
            anchors.leftMargin: !footMark.visible ? 0 : Theme.length(card.late ? 5 : 4)
            anchors.right: here.active ? here.left : nurse.left
            anchors.rightMargin: Theme.length(card.late ? 2 : 4)
            anchors.verticalCenter: parent.verticalCenter
            elide: Text.ElideRight
            font.pixelSize: Theme.length(card.roomy ? 20 : 18)
            fontSizeMode: Text.HorizontalFit
            minimumPixelSize: Theme.length(14)
            font.weight: card.priority === "" && !card.late ? Theme.semibold : Theme.bold
            objectName: "bedFoot"
            tabular: true
            text: card.below
        }
        // Somebody is in the room: it stands where the responsible nurse does.
        Loader {
            id: here

            active: card.present !== ""
            anchors.right: nurse.left
            anchors.rightMargin: Theme.length(2)
            anchors.verticalCenter: parent.verticalCenter

            sourceComponent: Icon {
                color: Theme.brand
                name: "account-check"
                objectName: "bedPresent"
                size: footWord.font.pixelSize
            }
        }
        Label {
            id: nurse

            anchors.right: parent.right
            anchors.verticalCenter: parent.verticalCenter
            color: card.present === "" ? Theme.muted : Theme.brand
            elide: Text.ElideRight
            font.pixelSize: Theme.length(card.roomy ? 18 : 17)
            font.weight: card.present === "" ? Theme.regular : Theme.bold
            text: card.present === "" ? card.nurse : card.present
            // The foot goes first: a nurse's name that does not fit whole is left to the sheet.
            visible: !card.crowded && (card.below === "" || implicitWidth <= parent.width - footMark.width - footWord.implicitWidth - 2 * Theme.length(4) - (here.active ? here.width : 0))
            width: visible ? Math.min(implicitWidth, parent.width) : 0
        }
    }
    Touch {
        id: tap

        onTapped: card.touched()
    }
}

pragma ComponentBehavior: Bound

import QtQuick
import "../components"
import "../theme"

// What only some beds show of a card: that nobody lies there, that somebody is asked for, a mark, the
// ring of keyboard and sheet. Made for those alone.
Item {
    id: seldom

    required property BedCard bed
    // Where the number ends to the right, begins and ends in height; where number and condition end.
    required property real beside
    required property real above
    required property real below
    required property real besideCondition

    Loader {
        active: !seldom.bed.occupied && seldom.bed.priority === ""
        anchors.fill: parent

        sourceComponent: DashedFrame {
            edge: Math.max(1, Theme.edge / 2)
            radius: Theme.radius
        }
    }
    // The edge of what asks for somebody. Only this flashes, never a text.
    Loader {
        active: seldom.bed.priority !== ""
        anchors.fill: parent

        sourceComponent: Rectangle {
            border.color: Theme.priorityColor(seldom.bed.priority)
            border.width: Theme.lampEdge
            color: "transparent"
            opacity: flasher.level
            radius: Theme.radius

            Flasher {
                id: flasher

                active: seldom.bed.flashing
                priority: seldom.bed.priority
            }
        }
    }
    Loader {
        active: seldom.bed.mark !== ""
        height: Theme.length(18)
        width: seldom.width - Theme.length(4) - x
        x: (seldom.bed.wide ? seldom.beside : seldom.besideCondition) + Theme.length(seldom.bed.close ? 1 : 3)
        y: Math.max(Theme.lampEdge, seldom.bed.pad - Theme.length(1))

        sourceComponent: Item {
            Label {
                id: markWord

                font.pixelSize: Theme.length(15)
                font.weight: Theme.bold
                height: parent.height
                objectName: "bedMark"
                text: seldom.bed.mark
                visible: implicitWidth <= parent.width
            }
            Icon {
                name: "account-alert"
                objectName: "bedMarkIcon"
                size: parent.height
                visible: !markWord.visible
            }
        }
    }
    Loader {
        id: empty

        // A bed without a patient that calls: in a low card its foot needs the line below.
        readonly property bool beside: seldom.bed.foot !== "" && !seldom.bed.roomy

        active: !seldom.bed.occupied
        width: seldom.width - Theme.length(6) - x
        x: empty.beside ? seldom.beside + Theme.length(7) : seldom.bed.inner
        y: (empty.beside ? seldom.above : seldom.below) + Theme.length(4)

        sourceComponent: Label {
            color: Theme.muted
            elide: Text.ElideRight
            font.pixelSize: Theme.sizeSmall
            fontSizeMode: Text.HorizontalFit
            maximumLineCount: empty.beside || seldom.bed.foot === "" && seldom.bed.roomy ? 2 : 1
            minimumPixelSize: Theme.length(14)
            tabular: true
            text: seldom.bed.why
            wrapMode: Text.Wrap
        }
    }
    Loader {
        active: seldom.bed.marked || seldom.bed.shown
        anchors.fill: parent
        anchors.margins: -Theme.length(3)

        sourceComponent: Rectangle {
            border.color: Theme.brand
            border.width: Theme.lampEdge
            color: "transparent"
            radius: Theme.radius + Theme.length(3)
        }
    }
}
